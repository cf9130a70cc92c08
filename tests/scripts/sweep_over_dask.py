"""A sweep over Dask: runs, problems and results all pickle. Any other `map` will do as well."""

from distributed import Client

from convcore import Function, Momentum, descend


def end_of(beta: float) -> str:
    run = descend(Function("x^2 + 25*y^2"), [3, 1], 0.07, Momentum(beta), steps=400, keep="last")
    return f"β = {beta}: {run.outcome()}"


if __name__ == "__main__":
    with Client(processes=False, protocol="tcp", host="127.0.0.1") as client:
        print(*client.gather(client.map(end_of, [0.5, 0.7, 0.8, 0.9])), sep="\n")
