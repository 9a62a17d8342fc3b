"""Look around in a workspace: run with `marimo edit notebooks/explore.py`, or as a script over the golden lake."""

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import tempfile
    from pathlib import Path

    import marimo as mo
    import polars as pl

    from lakezones import pipeline
    from lakezones.config import Settings
    from lakezones.scan import scan
    from lakezones.store.workspace import Workspace

    return Path, Settings, Workspace, mo, pipeline, pl, scan, tempfile


@app.cell
def _(mo):
    mo.md("""
    # Who can do what, in classes

    The golden tiny lake, scanned, resolved and turned into a proposal; put your own capture folder in `capture`.
    """)


@app.cell
def _(Path, Settings, Workspace, pipeline, scan, tempfile):
    capture = Path(__file__).resolve().parents[1] / "fixtures" / "golden" / "capture"
    ws = Workspace(Path(tempfile.mkdtemp(prefix="lakezones-notebook-")) / "lake")
    settings = Settings()
    result = scan([str(capture)])
    pipeline.store_scan(ws, result, settings)
    access_summary = pipeline.run_access(ws, settings)
    proposal_summary = pipeline.run_propose(ws, settings)
    access = pipeline.read_access(ws)
    proposal = pipeline.read_proposal(ws)
    return access, access_summary, proposal, proposal_summary, ws


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
