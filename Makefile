# Everyday commands. `make setup` once, then `make check` before each commit.
BIN := .venv/bin

.PHONY: bench-exchange setup check format lint types imports test coverage demo clean

setup:
	python3 -m venv .venv
	$(BIN)/pip install --editable '.[test]'

check: lint types imports test

format:
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

test:
	$(BIN)/pytest --numprocesses auto

coverage:
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine
	$(BIN)/coverage report

demo:
	rm -f clr131.db
	$(BIN)/trialog demo

clean:
	rm -rf .venv .ci-venv build dist clr131.db

# How long an import takes, and how its memory grows; RECORDS=1000000 FORM=xpt for the long one.
bench-exchange:
	$(BIN)/python -m benchmarks.exchange --records $(or $(RECORDS),100000) --form $(or $(FORM),csv)
