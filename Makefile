# Everyday commands. `make setup` once, then `make check` before each commit.
BIN := .venv/bin

.PHONY: setup check format lint types imports test coverage demo bench-survival clean

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

bench-survival:
	$(BIN)/pip install --quiet --editable '.[bench]'
	$(BIN)/python -m benchmarks.survival

demo:
	rm -f clr131.db
	$(BIN)/trialog demo

clean:
	rm -rf .venv .ci-venv build dist clr131.db
