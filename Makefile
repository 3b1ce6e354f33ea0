# Everyday commands. `make setup` once, then `make check` before each commit.
BIN := .venv/bin

.PHONY: setup check format lint types imports test faults bench-store bench-history bench-exchange bench-survival bench-audit coverage demo clean

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

faults: # every fault as often as its figures ask for, about ten minutes; prints a table
	$(BIN)/python -m tests.faults

bench-store: # append and replay beside the bare database and the stock recorder; prints ratios
	$(BIN)/python -m benchmarks.store --events 1000000

bench-history: # every figure at each day of a trial, in one pass and day by day; prints seconds and ratios
	$(BIN)/python -m benchmarks.history

coverage:
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine
	$(BIN)/coverage report

bench-survival:
	$(BIN)/pip install --quiet --editable '.[bench]'
	$(BIN)/python -m benchmarks.survival

bench-audit: # series of to-date medians of 1 to 50 subjects and 10 dates; prints seconds and answers
	$(BIN)/python -m benchmarks.audit --n 1 5 10 20 30 40 50 --dates 10 --seeds 2

demo:
	rm -f clr131.db
	$(BIN)/trialog demo

clean:
	rm -rf .venv .ci-venv build dist clr131.db

# How long an import takes, and how its memory grows; RECORDS=1000000 FORM=xpt for the long one.
bench-exchange:
	$(BIN)/python -m benchmarks.exchange --records $(or $(RECORDS),100000) --form $(or $(FORM),csv)
