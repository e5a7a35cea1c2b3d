defmodule Originals.Flows do
  @moduledoc "MapFilterSum and WordCount, with the defaults of Flow."

  alias Originals.Clock

  def map_filter_sum(n, between) do
    third = div(n, 3)

    Clock.each(n, 3 * third * (third + 1), fn ->
      1..n
      |> Flow.from_enumerable()
      |> Flow.map(&(2 * &1))
      |> Flow.filter(&(rem(&1, 3) == 0))
      |> between.()
      |> Flow.reduce(fn -> 0 end, &(&1 + &2))
      |> Flow.emit(:state)
      |> Enum.sum()
    end)
  end

  @doc "The time for each word: they are counted on the way."
  def word_count(path, between) do
    began = Clock.now()

    counts =
      File.stream!(path)
      |> Flow.from_enumerable()
      |> Flow.flat_map(&String.split/1)
      |> between.()
      |> Flow.reduce(fn -> %{} end, fn word, counts -> Map.update(counts, word, 1, &(&1 + 1)) end)
      |> Enum.reduce(%{}, fn {word, n}, counts -> Map.update(counts, word, n, &(&1 + n)) end)

    took = Clock.now() - began
    took / Enum.sum(Map.values(counts))
  end
end
