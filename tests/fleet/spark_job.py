#!/usr/bin/env python3
"""Checks many models with Spark, and writes what is found to Parquet, a row a model.

    spark-submit spark_job.py PATHS TABLE [OPTION of `ckptlint check`...]

PATHS is a file with a path a line, which every executor sees.  TABLE is a folder for Parquet, which Spark makes.  Each
task pipes its share through a `ckptlint check --stdin` of its own; CKPTLINT in the environment is the program.

Nothing is lost and nothing comes twice.  A model whose process crashes is answered all the same, and asked about once
more; where the program itself ends early, its exit status fails the task, which Spark runs again as a whole.
"""

import json
import os
import shlex
import sys

from pyspark.sql import SparkSession

ROW = """
    path string, status string, cause string, why string, exit_status int, complete boolean,
    findings array<struct<rule: string, severity: string, message: string, tensors: array<string>>>
"""
PATHS_OF_A_TASK = 50  # few enough that one that is run again costs little


def row_of(line):
    """A row of the table from a line of the answer."""
    answer = json.loads(line)
    row = {"path": answer["id"], "status": answer["status"], "cause": answer.get("cause"), "why": answer.get("why")}
    if answer["status"] == "checked":
        (model,) = answer["report"]["models"]
        keys = ("rule", "severity", "message", "tensors")
        row["exit_status"] = answer["exit_status"]
        row["complete"] = model["complete"]
        row["findings"] = [{key: finding[key] for key in keys} for finding in model["findings"]]
    return row


def check(spark, paths, command, table):
    """Writes a table with a row for each of the paths."""
    items = spark.sparkContext.parallelize(paths, max(1, len(paths) // PATHS_OF_A_TASK))
    lines = items.map(lambda path: json.dumps({"id": path, "path": path}))
    rows = lines.pipe(command, env=dict(os.environ), checkCode=True).map(row_of)
    spark.createDataFrame(rows, ROW).write.mode("overwrite").parquet(table)
    return spark.read.parquet(table)


def main(paths_file, table, *options):
    spark = SparkSession.builder.appName("ckptlint").getOrCreate()
    with open(paths_file, encoding="utf-8") as file:
        paths = [line.rstrip("\n") for line in file]
    # A slot of Spark has one processor.
    command = shlex.join([os.environ.get("CKPTLINT", "ckptlint"), "check", "--stdin", "--jobs", "1", *options])
    first = check(spark, paths, command, f"{table}/first")
    crashed = [row.path for row in first.where("cause = 'crash'").select("path").collect()]
    whole = first
    if crashed:
        again = check(spark, crashed, command, f"{table}/again")
        whole = first.where("cause is null or cause != 'crash'").union(again)
    whole.write.mode("overwrite").parquet(f"{table}/models")
    spark.read.parquet(f"{table}/models").groupBy("status", "cause").count().show()
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
