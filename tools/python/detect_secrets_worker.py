"""Runs the plugins of detect-secrets over lines, without asking any issuer whether a secret is valid.

Each line of standard input is a JSON object {"path", "lines"}; each answer is a line with a list of [type, line, value].
Nothing is written to disk, and no value is an argument.
"""

import json
import sys

from detect_secrets.core import scan
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.settings import get_settings, transient_settings

# Addresses are no secrets; of a private key this plugin sees the first line only, and of the tokens of GitHub and GitLab
# these give the prefix only: secretlint and our own rules know them.
LEFT_OUT = {"IPPublicDetector", "PrivateKeyDetector", "GitHubTokenDetector", "GitLabTokenDetector"}
# The lines are in no files; a comment without a reason makes no secret harmless; and a folder's name says nothing.
FILTERS_OFF = (
    "detect_secrets.filters.common.is_invalid_file",
    "detect_secrets.filters.allowlist.is_line_allowlisted",
    "detect_secrets.filters.heuristic.is_swagger_file",
)

def find(path, lines):
    secrets = scan._process_line_based_plugins(list(enumerate(lines, start=1)), path)
    return [[secret.type, secret.line_number, secret.secret_value] for secret in secrets]


def main():
    plugins = [
        {"name": plugin.__name__}
        for plugin in get_mapping_from_secret_type_to_class().values()
        if plugin.__name__ not in LEFT_OUT
    ]
    with transient_settings({"plugins_used": plugins}):
        get_settings().disable_filters(*FILTERS_OFF)
        for line in sys.stdin:
            source = json.loads(line)
            print(json.dumps(find(source["path"], source["lines"])), flush=True)


if __name__ == "__main__":
    main()
