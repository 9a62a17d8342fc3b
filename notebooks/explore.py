"""Look around in a workspace: run with `marimo edit notebooks/explore.py`, or as a script over the golden lake."""

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import tempfile
    from pathlib import Path

    import marimo as mo
    import polars as pl

    from lakezones import Workspace

    return Path, Workspace, mo, pl, tempfile


@app.cell
def _(mo):
    mo.md("""
    # Who can do what, in classes

    The golden tiny lake, scanned, resolved and turned into a proposal; put your own capture folder in `capture`.
    """)


@app.cell
def _(Path, Workspace, tempfile):
    capture = Path(__file__).resolve().parents[1] / "fixtures" / "golden" / "capture"
    ws = Workspace(Path(tempfile.mkdtemp(prefix="lakezones-notebook-")) / "lake")
    ws.scan(str(capture))
    access = ws.access()
    proposal = ws.propose()
    return access, proposal, ws


@app.cell
def _(access, pl):
    breadth = (
        access.class_access.filter(pl.col("lane") == "data")
        .group_by("class_id")
        .agg(pl.len().alias("people"))
        .join(access.container_classes.group_by("class_id").len("containers"), on="class_id")
        .sort("people", "class_id", descending=[True, False])
    )
    breadth
    return (breadth,)


@app.cell
def _(proposal):
    proposal.roles.select("name", "members", "containers", "requests_covered", "new_access", "evidence")


@app.cell
def _(pl, proposal):
    proposal.residual_classes.group_by("disposition").agg(
        pl.col("principal_id").n_unique().alias("principals"), pl.len().alias("class_rows")
    ).sort("disposition")


if __name__ == "__main__":
    app.run()
