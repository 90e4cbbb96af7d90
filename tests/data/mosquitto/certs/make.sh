#!/usr/bin/env bash
# Makes the certificates in this directory as guides for mosquitto do, with OpenSSL. Run it here; it replaces all of them.
# `openssl ca` and not `openssl x509 -req`, because it can set the first day.
set -euo pipefail
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cat >"$scratch/ca.cnf" <<END
[ca]
default_ca = people
[people]
database = $scratch/index
new_certs_dir = $scratch
rand_serial = yes
crlnumber = $scratch/crlnumber
default_md = sha256
policy = any
unique_subject = no
[any]
organizationName = optional
commonName = optional
END
: >"$scratch/index"
echo 01 >"$scratch/crlnumber"
log=$scratch/log

# sign NAME SUBJECT EXTENSIONS HOW...
sign() {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>"$log"
    openssl req -new -key "$1.key" -subj "$2" -out "$scratch/$1.csr"
    printf '%b\n' "$3" >"$scratch/extensions"
    openssl ca -batch -notext -config "$scratch/ca.cnf" -startdate 20200101000000Z -enddate 21200101000000Z \
        -in "$scratch/$1.csr" -out "$1.crt" -extfile "$scratch/extensions" "${@:4}" 2>"$log" || { cat "$log" && exit 1; }
    chmod 644 "$1.key"
}
authority='basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash'
by_ca=(-cert ca.crt -keyfile ca.key)
sign ca /CN=home "$authority" -selfsign -keyfile ca.key
sign server /CN=localhost 'subjectAltName=DNS:localhost,IP:127.0.0.1' "${by_ca[@]}"
sign ann '/O=Example/CN=ann' 'extendedKeyUsage=clientAuth' "${by_ca[@]}"
sign bob '/O=Example/CN=bob' 'extendedKeyUsage=clientAuth' "${by_ca[@]}"
sign revoked '/O=Example/CN=revoked' 'extendedKeyUsage=clientAuth' "${by_ca[@]}"
openssl ca -batch -config "$scratch/ca.cnf" "${by_ca[@]}" -revoke revoked.crt 2>"$log"
openssl ca -batch -config "$scratch/ca.cnf" "${by_ca[@]}" -gencrl -crl_lastupdate 20200101000000Z \
    -crl_nextupdate 21200101000000Z -out ca.crl 2>"$log"
# Of somebody else, with a name that counts here.
sign other /CN=other "$authority" -selfsign -keyfile other.key
sign stranger '/O=Example/CN=ann' 'extendedKeyUsage=clientAuth' -cert other.crt -keyfile other.key
rm ca.key other.key other.crt
