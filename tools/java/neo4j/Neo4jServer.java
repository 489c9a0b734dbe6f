import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.graphdb.GraphDatabaseService;

/**
 * A Neo4j community server that asks for passwords, on a Bolt port of loopback. Arguments: its folder and the port. The
 * first line of standard input is the first password of the user "neo4j", empty where it has one already. It ends when
 * standard input ends.
 */
public final class Neo4jServer {
  public static void main(String[] arguments) throws Exception {
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var password = input.readLine();
    var server = new DatabaseManagementServiceBuilder(Path.of(arguments[0]))
        .setConfig(GraphDatabaseSettings.auth_enabled, true)
        .setConfig(BoltConnector.enabled, true)
        .setConfig(BoltConnector.listen_address, new SocketAddress("127.0.0.1", Integer.parseInt(arguments[1])))
        .setConfig(GraphDatabaseSettings.pagecache_memory, 16L * 1024 * 1024)
        .setConfig(GraphDatabaseSettings.auth_lock_time, Duration.ZERO)
        .build();
    if (!password.isEmpty()) {
      setPassword(server.database("system"), password);
    }
    System.out.println("ready");
    input.readLine();
    server.shutdown();
    System.exit(0);
  }

  private static void setPassword(GraphDatabaseService system, String password) {
    try {
      system.executeTransactionally(
          "ALTER USER neo4j SET PASSWORD $password CHANGE NOT REQUIRED", Map.of("password", password));
    } catch (RuntimeException error) {
      // The server's own threads would keep the process alive.
      error.printStackTrace();
      System.exit(1);
    }
  }
}
