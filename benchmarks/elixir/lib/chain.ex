defmodule Originals.Chain do
  @moduledoc "Chain: a counter -> x+1 -> a sum. The clock starts when demand is forwarded."

  alias Originals.Clock

  def run(n, max_demand) do
    {:ok, counter} = GenStage.start_link(__MODULE__.Counter, n)
    {:ok, adder} = GenStage.start_link(__MODULE__.Adder, [])
    {:ok, sum} = GenStage.start_link(__MODULE__.Sum, {n, self()})
    opts = [max_demand: max_demand, cancel: :temporary]
    {:ok, _} = GenStage.sync_subscribe(sum, [to: adder] ++ opts)
    {:ok, _} = GenStage.sync_subscribe(adder, [to: counter] ++ opts)

    Clock.each(n, div(n * (n - 1), 2) + n, fn ->
      GenStage.demand(counter, :forward)

      receive do
        {:sum, sum} -> sum
      end
    end)
    |> tap(fn _ -> Enum.each([sum, adder, counter], &GenStage.stop/1) end)
  end

  defmodule Counter do
    use GenStage
    def init(n), do: {:producer, {0, n}, demand: :accumulate}

    def handle_demand(demand, {next, n}) do
      count = min(demand, n - next)
      events = if count > 0, do: Enum.to_list(next..(next + count - 1)), else: []
      {:noreply, events, {next + count, n}}
    end
  end

  defmodule Adder do
    use GenStage
    def init(state), do: {:producer_consumer, state}
    def handle_events(events, _from, state), do: {:noreply, Enum.map(events, &(&1 + 1)), state}
  end

  defmodule Sum do
    use GenStage
    def init({n, to}), do: {:consumer, {0, n, to}}

    def handle_events(events, _from, {sum, left, to}) do
      {sum, left} = Enum.reduce(events, {sum, left}, fn x, {sum, left} -> {sum + x, left - 1} end)
      if left == 0, do: send(to, {:sum, sum})
      {:noreply, [], {sum, left, to}}
    end
  end
end
