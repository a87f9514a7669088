# Makes the current folder a git repository with one commit of everything in it, whatever the user's git settings are.
set -e
unset $(git rev-parse --local-env-vars)
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=Demo GIT_AUTHOR_EMAIL=demo@example.com GIT_AUTHOR_DATE=2026-01-01T00:00:00Z
export GIT_COMMITTER_NAME=Demo GIT_COMMITTER_EMAIL=demo@example.com GIT_COMMITTER_DATE=2026-01-01T00:00:00Z
git -c init.defaultBranch=main init -q
git config core.autocrlf false
git add -A
git commit -q -m 'Compare version numbers'
