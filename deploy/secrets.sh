#!/bin/sh
# The secrets that all processes of one instance share, as lines of an environment file:
#   (umask 077; sh deploy/secrets.sh > rollcall.env)
# Make them once and keep a copy beside the backups: without the vault key no kept secret can be opened again.
set -eu
random() { od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n'; }
echo "ROLLCALL_VAULT_KEY=$(random 32)"
echo "ROLLCALL_ADMIN_KEY=rck_admin_default_$(random 24)"
echo "ROLLCALL_PING_KEY=rck_ping_default_$(random 24)"
