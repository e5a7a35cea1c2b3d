defmodule Originals.Ingest do
  @moduledoc """
  Ingest, IngestBatch and Latency: a counter -> a pipeline whose handler adds 1 and
  whose acknowledger counts.
  """

  use Broadway

  alias Broadway.Message
  alias Originals.Clock

  @doc "The time for each of n messages."
  def run(n, concurrency, max_demand, batchers \\ []) do
    acked = :atomics.new(1, [])

    pipeline =
      start({__MODULE__.Counter, {n, {acked, n, self()}}}, concurrency, max_demand, batchers)

    Clock.each(n, :done, fn ->
      [producer] = Broadway.producer_names(pipeline)
      GenStage.demand(producer, :forward)

      receive do
        :done -> :done
      end
    end)
    |> tap(fn _ -> Broadway.stop(pipeline) end)
  end

  @doc "The median time from the emission of a message to its acknowledgement, one at a time."
  def latency(n, batchers \\ []) do
    pipeline = start({__MODULE__.Loop, {n, self()}}, 2, 10, batchers)
    [producer] = Broadway.producer_names(pipeline)
    GenStage.demand(producer, :forward)

    receive do
      {:took, times} -> times |> Enum.sort() |> Enum.at(div(n, 2))
    end
    |> tap(fn _ -> Broadway.stop(pipeline) end)
  end

  def batch(size), do: [default: [batch_size: size, batch_timeout: 1000, concurrency: 2]]

  defp start(module, concurrency, max_demand, batchers) do
    name = :"ingest#{System.unique_integer([:positive])}"

    {:ok, _} =
      Broadway.start_link(__MODULE__,
        name: name,
        producer: [module: module, concurrency: 1],
        processors: [default: [concurrency: concurrency, max_demand: max_demand]],
        batchers: batchers
      )

    name
  end

  def handle_message(_processor, message, _context), do: Message.update_data(message, &(&1 + 1))
  def handle_batch(_batcher, messages, _info, _context), do: messages

  defmodule Counter do
    use GenStage
    @behaviour Broadway.Acknowledger

    def init({n, ref}), do: {:producer, {0, n, ref}, demand: :accumulate}

    def handle_demand(demand, {next, n, ref}) do
      count = min(demand, n - next)

      messages =
        if count > 0,
          do:
            Enum.map(
              next..(next + count - 1),
              &%Message{data: &1, acknowledger: {__MODULE__, ref, &1}}
            ),
          else: []

      {:noreply, messages, {next + count, n, ref}}
    end

    def ack({acked, n, to}, successful, failed) do
      total = :atomics.add_get(acked, 1, length(successful) + length(failed))
      if total == n, do: send(to, :done)
      :ok
    end
  end

  defmodule Loop do
    use GenStage
    @behaviour Broadway.Acknowledger

    def init({n, to}), do: {:producer, {n, [], to, false}, demand: :accumulate}

    def handle_demand(_demand, {n, times, to, false}),
      do: {:noreply, [message()], {n, times, to, true}}

    def handle_demand(_demand, state), do: {:noreply, [], state}

    def handle_info({:acked, took}, {n, times, to, true}) do
      times = [took | times]
      if n == 1, do: send(to, {:took, times})
      {:noreply, if(n > 1, do: [message()], else: []), {n - 1, times, to, true}}
    end

    def ack({producer, began}, _successful, _failed) do
      send(producer, {:acked, Clock.now() - began})
      :ok
    end

    defp message, do: %Message{data: 0, acknowledger: {__MODULE__, {self(), Clock.now()}, 0}}
  end
end
