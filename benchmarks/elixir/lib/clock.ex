defmodule Originals.Clock do
  @moduledoc "What a benchmark has of the clock: nanoseconds."

  def now, do: System.monotonic_time(:nanosecond)

  @doc "Runs f, checks its result, and returns the time for each of n events."
  def each(n, want, f) do
    began = now()
    got = f.()
    took = now() - began
    if got != want, do: raise("got #{inspect(got)}, want #{inspect(want)}")
    took / n
  end
end
