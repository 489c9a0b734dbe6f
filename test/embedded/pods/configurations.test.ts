import { cniConfiguration, gatewayOf } from '../../../lib/embedded/pods/cni';
import { containerdConfiguration } from '../../../lib/embedded/pods/containerd';
import { kubeletArguments, kubeletConfiguration } from '../../../lib/embedded/pods/kubelet';
import { podsLayout } from '../../../lib/embedded/pods/layout';

const layout = podsLayout('/platform');
const network = { bridge: layout.bridge, subnet: { address: 0x0a_c8_05_00, prefix: 24 } };

test('containerd keeps everything in the folder of the platform', () => {
  expect(
    containerdConfiguration({
      layout,
      pauseImage: 'localhost/pause:1',
      cniPlugins: '/usr/lib/cni',
      snapshotter: 'overlayfs',
    }),
  ).toMatchInlineSnapshot(`
   "version = 2
   root = "/platform/pods/containerd"
   state = "/platform/pods/state"
   disabled_plugins = ["io.containerd.internal.v1.opt"]

   [grpc]
     address = "/platform/pods/containerd.sock"

   [plugins."io.containerd.grpc.v1.cri"]
     sandbox_image = "localhost/pause:1"
     # A machine that is a container itself may not lower the score, and runc would fail.
     restrict_oom_score_adj = true
     # Network namespaces in our folder instead of /var/run/netns.
     netns_mounts_under_state_dir = true
     stream_server_address = "127.0.0.1"
     stream_server_port = "0"

   [plugins."io.containerd.grpc.v1.cri".cni]
     bin_dir = "/usr/lib/cni"
     conf_dir = "/platform/pods/cni"

   [plugins."io.containerd.grpc.v1.cri".containerd]
     snapshotter = "overlayfs"

   [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
     runtime_type = "io.containerd.runc.v2"

   [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
     SystemdCgroup = false
     Root = "/platform/pods/state/runc"
   "
  `);
});

test('kubelet answers the API server only, and keeps to its control group', () => {
  const options = {
    layout,
    address: '10.200.5.1',
    port: 20_001,
    clientCa: '/platform/pki/kubernetes-ca.crt',
    configuration: '/platform/pods/kubelet.json',
    kubeconfig: '/platform/kubelet/kubeconfig',
  };
  expect(kubeletConfiguration(options)).toMatchInlineSnapshot(`
   "{
     "apiVersion": "kubelet.config.k8s.io/v1beta1",
     "kind": "KubeletConfiguration",
     "address": "10.200.5.1",
     "port": 20001,
     "authentication": {
       "anonymous": {
         "enabled": false
       },
       "webhook": {
         "enabled": false
       },
       "x509": {
         "clientCAFile": "/platform/pki/kubernetes-ca.crt"
       }
     },
     "authorization": {
       "mode": "AlwaysAllow"
     },
     "healthzPort": 0,
     "containerRuntimeEndpoint": "unix:///platform/pods/containerd.sock",
     "podLogsDir": "/platform/pods/logs",
     "cgroupDriver": "cgroupfs",
     "cgroupRoot": "/nivesh-secrets-8ca793b6",
     "failCgroupV1": false,
     "failSwapOn": false,
     "oomScoreAdj": 0,
     "makeIPTablesUtilChains": false,
     "enforceNodeAllocatable": [],
     "evictionHard": {},
     "localStorageCapacityIsolation": false,
     "syncFrequency": "10s"
   }
   "
  `);
  expect(kubeletArguments(options)).toMatchInlineSnapshot(`
   [
     "--config=/platform/pods/kubelet.json",
     "--kubeconfig=/platform/kubelet/kubeconfig",
     "--root-dir=/platform/pods/kubelet",
     "--cert-dir=/platform/pods/kubelet/pki",
     "--hostname-override=nivesh",
     "--node-ip=10.200.5.1",
   ]
  `);
});

test('pods are on a bridge of their own, and nothing is translated', () => {
  expect(gatewayOf(network)).toBe('10.200.5.1');
  expect(cniConfiguration(network, '/platform/pods/addresses')).toMatchInlineSnapshot(`
   "{
     "cniVersion": "0.4.0",
     "name": "nvs8ca793b6",
     "plugins": [
       {
         "type": "bridge",
         "bridge": "nvs8ca793b6",
         "isGateway": true,
         "ipMasq": false,
         "hairpinMode": true,
         "ipam": {
           "type": "host-local",
           "dataDir": "/platform/pods/addresses",
           "ranges": [
             [
               {
                 "subnet": "10.200.5.0/24",
                 "gateway": "10.200.5.1"
               }
             ]
           ],
           "routes": [
             {
               "dst": "0.0.0.0/0"
             }
           ]
         }
       }
     ]
   }"
  `);
});
