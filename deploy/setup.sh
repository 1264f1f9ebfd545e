#!/bin/sh
# Installs what Perisai needs on Debian 12 and is missing: the C libraries, PostgreSQL for the private clusters of the
# demo and the tests, and small tools. Needs root or sudo only if something is missing. Repeating it changes nothing.
set -eu

fail() {
    echo "setup: $*" >&2
    exit 1
}

# util-linux: setpriv, with which root starts PostgreSQL under another account. curl: the examples of the README.
wanted="pkg-config librdkafka-dev libpq-dev libexpat1-dev libcurl4-openssl-dev postgresql util-linux curl"

missing=""
if command -v dpkg >/dev/null 2>&1; then
    for package in $wanted; do
        # pkg-config is a virtual package on newer releases: the command decides.
        if [ "$package" = pkg-config ] && command -v pkg-config >/dev/null 2>&1; then continue; fi
        if ! dpkg -s "$package" 2>/dev/null | grep -q '^Status: install ok installed'; then
            # A server of one version is all that is needed, whether or not the package that names no version is there.
            if [ "$package" = postgresql ] && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then continue; fi
            missing="$missing $package"
        fi
    done
else
    command -v pkg-config >/dev/null 2>&1 || fail "no dpkg here: install by hand: $wanted"
    pkg-config --exists rdkafka libpq expat || fail "no dpkg here: install by hand: $wanted"
fi

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        fail "missing:$missing; run this as root, or install them and try again"
    fi
}

# Quiet as long as it works; the whole of what apt said when it does not.
apt() {
    log=$(mktemp)
    if as_root apt-get -qq -y -o DPkg::Lock::Timeout=300 "$@" </dev/null >"$log" 2>&1; then
        rm -f "$log"
    else
        cat "$log" >&2
        rm -f "$log"
        fail "apt-get $* failed"
    fi
}

if [ -n "$missing" ]; then
    echo "setup: installing$missing"
    apt update
    case " $missing " in
    *" postgresql "*)
        # Debian's package would create and start a server on port 5432 that nobody here uses.
        apt install --no-install-recommends postgresql-common
        conf=/etc/postgresql-common/createcluster.conf
        if [ -f "$conf" ] && ! grep -q '^create_main_cluster *= *false' "$conf"; then
            as_root sed -i 's/^#* *create_main_cluster *=.*/create_main_cluster = false/' "$conf"
        fi
        ;;
    esac
    # The list is split into words on purpose.
    # shellcheck disable=SC2086
    apt install --no-install-recommends $missing
fi

command -v swift >/dev/null 2>&1 || fail "no swift in the PATH: install the Swift 6.3 toolchain (https://www.swift.org/install/linux/)"
