#!/usr/bin/env bash
# Makes the certificates in this directory, as people make them with OpenSSL. Run it here; it replaces all of them.
# `openssl ca` and not `openssl x509 -req`, whose certificates are the same, because it can set the first day.
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
default_md = sha256
policy = any
unique_subject = no
[any]
organizationName = optional
commonName = optional
END

# request NAME SUBJECT
request() {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$scratch/$1.key" 2>"$scratch/log"
    openssl req -new -key "$scratch/$1.key" -subj "$2" -out "$scratch/$1.csr"
}
# certify NAME EXTENSIONS WHO...: of version 1 without extensions.
certify() {
    local name=$1 extensions=()
    if [ -n "$2" ]; then
        printf '%b\n' "$2" >"$scratch/extensions"
        extensions=(-extfile "$scratch/extensions")
    fi
    : >"$scratch/index"
    openssl ca -batch -notext -config "$scratch/ca.cnf" -startdate 20200101000000Z -enddate 21200101000000Z \
        -in "$scratch/$name.csr" -out "$name.pem" ${extensions[@]+"${extensions[@]}"} "${@:3}" 2>"$scratch/log" \
        || { cat "$scratch/log" && exit 1; }
}
own() { request "$1" "$2" && certify "$1" "$3" -selfsign -keyfile "$scratch/$1.key"; }
# sign AUTHORITY NAME SUBJECT [EXTENSIONS]
sign() { request "$2" "$3" && certify "$2" "${4-}" -cert "$1.pem" -keyfile "$scratch/$1.key"; }

leaf='basicConstraints=CA:FALSE'
authority='basicConstraints=critical,CA:TRUE'
own authority /CN=authority "$authority"
# As `openssl req -x509` makes it: it calls itself an authority, and has no subject alternative name.
own self_signed /CN=localhost "$authority"
sign authority version_1 /CN=localhost
sign authority version_1_elsewhere /CN=broker.example
sign authority client_version_1 /CN=someone
sign authority common_name /O=Example/CN=localhost "$leaf"
sign authority both_names /CN=localhost "$leaf\nsubjectAltName=DNS:broker.example"
sign authority no_name /O=Example "$leaf"
# Below authorities of their own.
sign authority intermediate /CN=intermediate "$authority"
sign intermediate below_version_1 /CN=localhost
sign intermediate below_common_name /CN=localhost "$leaf"
sign authority constrained /CN=constrained "$authority\nnameConstraints=critical,permitted;DNS:broker.example"
sign constrained constrained_common_name /CN=localhost "$leaf"

for name in version_1 client_version_1 common_name self_signed; do
    cp "$scratch/$name.key" "$name.key" && chmod 644 "$name.key"
done
