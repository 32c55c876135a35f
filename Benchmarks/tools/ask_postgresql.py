"""Runs one statement in PostgreSQL and prints the first value it gives, if any.

Usage: ask_postgresql.py URL STATEMENT     (needs psycopg2)
"""

from __future__ import annotations

import sys

import psycopg2


def main(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True  # a database cannot be made inside a transaction
    with connection.cursor() as cursor:
        cursor.execute(statement)
        if cursor.description:
            print(cursor.fetchone()[0])
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
