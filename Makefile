# `make run` and `make test` need Python 3.11, 3.12 or 3.13 and nothing else; they set the rest up.
# The commands themselves: infra/bootstrap.py (set-up, standard library only), infra/local (everything else).

MAKEFLAGS += --no-print-directory
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test check verify bench reset lock

# The first interpreter that really runs (a pyenv shim may exist and not), is of a version we run on, and
# has venv; failing that, one without venv, so that infra/bootstrap.py can say what to install.
define BOOTSTRAP
@found= usable= picked=; \
for name in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
  version=$$($$name -I -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || \
    { command -v $$name >/dev/null 2>&1 && found="$$found $$name does not run;"; continue; }; \
  found="$$found $$name is $$version;"; \
  case $$version in 3.11|3.12|3.13) usable=$${usable:-$$name} ;; *) continue ;; esac; \
  $$name -I -c 'import ensurepip, venv' >/dev/null 2>&1 && { picked=$$name; break; }; \
done; \
picked=$${picked:-$$usable}; \
if [ -z "$$picked" ]; then \
  echo "OwnCall needs Python 3.11, 3.12 or 3.13; found:$${found:- none;}" | sed 's/;$$/./' >&2; \
  echo "Install one (Debian, Ubuntu: apt install python3 python3-venv), or name it: make $@ PYTHON=/path/to/python3.12" >&2; \
  exit 1; \
fi; \
exec $$picked -I infra/bootstrap.py $@
endef

help: ## these lines
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

run: ## start OwnCall on this machine, with data to try it on
	$(BOOTSTRAP)

test: ## run the tests; ARGS="-k words" goes to pytest
	$(BOOTSTRAP) $(ARGS)

check: ## run ruff, mypy, import-linter and djlint
	$(BOOTSTRAP)

verify: export OWNCALL_VERIFY = 1
verify: ## show the promises at full size, into docs/verify.md; takes the better part of an hour
	$(BOOTSTRAP) $(ARGS)

bench: ## measure beside the figures to reach, into bench/results.md; ARGS="a --quick" goes to bench
	$(BOOTSTRAP) $(ARGS)

reset: ## stop what runs, and remove the local data; YES=1 asks nothing
	$(BOOTSTRAP)

lock: ## write the lock files anew; ARGS="--upgrade" takes newer versions
	$(BOOTSTRAP) $(ARGS)
