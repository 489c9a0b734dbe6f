#!/bin/bash
# Backs up the key pairs of the Sealed Secrets controller, encrypted for a certificate whose private key is kept offline.
# The keys go from kubectl to openssl through a pipe and are never on disk in the clear. See docs/sealing.md.
set -euo pipefail
umask 077

label=sealedsecrets.bitnami.com/sealed-secrets-key

fail() {
  echo "error: $1" >&2
  echo "fix: $2" >&2
  exit "$3"
}

if [ "$#" -lt 2 ] || [ "$1" = --help ]; then
  cat >&2 <<'USAGE'
usage: backup-sealing-keys.sh RECOVERY_CERTIFICATE OUTPUT [kubectl options, such as --context edge-admin]

Once, to make the certificate; keep recovery.key offline:
  openssl req -x509 -newkey rsa:4096 -days 3650 -subj /CN=sealing-recovery -keyout recovery.key -out recovery.pem

To use a backup:
  openssl cms -decrypt -inform PEM -in OUTPUT -inkey recovery.key | kubectl apply -f -
  openssl cms -decrypt -inform PEM -in OUTPUT -inkey recovery.key -out /dev/shm/keys.yaml
  kubeseal --recovery-unseal --recovery-private-key /dev/shm/keys.yaml < environments/sealed/edge/grafana.yaml
USAGE
  exit 2
fi

certificate=$1
output=$2
shift 2
for tool in kubectl openssl; do
  command -v "$tool" > /dev/null || fail "$tool is not installed" "install it, and see that it is on PATH" 3
done
openssl x509 -in "$certificate" -noout 2> /dev/null ||
  fail "$certificate is no PEM certificate" "make one as \"$0 --help\" says" 2
[ ! -e "$output" ] || fail "$output exists" "name a new file; a backup is never overwritten" 2

# Without what belongs to one cluster only, so that it can be applied to another.
template='apiVersion: v1
kind: List
items:
{{range .items}}- apiVersion: v1
  kind: Secret
  metadata:
    name: {{.metadata.name}}
    namespace: {{.metadata.namespace}}
    labels: { '$label': {{index .metadata.labels "'$label'"}} }
  type: {{.type}}
  data:
    tls.crt: {{index .data "tls.crt"}}
    tls.key: {{index .data "tls.key"}}
{{end}}'

count=$(kubectl "$@" get secrets --all-namespaces --selector "$label" --output name | wc -l)
[ "$count" -gt 0 ] ||
  fail "the cluster has no key of the Sealed Secrets controller" "choose the cluster: $0 CERTIFICATE OUTPUT --context NAME" 3

partial=$output.partial
trap 'rm -f "$partial"' EXIT
kubectl "$@" get secrets --all-namespaces --selector "$label" --output "go-template=$template" |
  openssl cms -encrypt -binary -aes-256-gcm -outform PEM -out "$partial" \
    -recip "$certificate" -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256
mv "$partial" "$output"
echo "$output: $count keys, for the holder of the private key of $certificate"
