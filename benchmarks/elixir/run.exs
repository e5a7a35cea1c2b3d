# The workloads of the Go benchmarks on the originals: nanoseconds, five times each.
# With the path of a text as an argument, its words are counted too, once.
alias Originals.{Chain, Flows, Ingest}

Logger.configure(level: :none)

measure = fn name, f ->
  f.(10)
  times = for _ <- 1..5, do: Float.round(f.(1) / 1, 1)
  IO.puts("#{name}: #{Enum.join(times, " ")}")
end

same = & &1

measure.("Chain, max 1000", &Chain.run(div(10_000_000, &1), 1000))
measure.("MapFilterSum", &Flows.map_filter_sum(div(10_000_000, &1), same))

measure.(
  "MapFilterSum, partitioned",
  &Flows.map_filter_sum(div(10_000_000, &1), fn f -> Flow.partition(f) end)
)

measure.("Ingest, 2 processors", &Ingest.run(div(1_000_000, &1), 2, 10))
measure.("Ingest, 10 processors", &Ingest.run(div(1_000_000, &1), 10, 10))
measure.("Ingest, 2 processors, max 100", &Ingest.run(div(1_000_000, &1), 2, 100))
measure.("IngestBatch, 2 processors", &Ingest.run(div(1_000_000, &1), 2, 10, Ingest.batch(100)))
measure.("IngestBatch, 10 processors", &Ingest.run(div(1_000_000, &1), 10, 10, Ingest.batch(100)))

measure.(
  "IngestBatch, 2 processors, max 100",
  &Ingest.run(div(1_000_000, &1), 2, 100, Ingest.batch(100))
)

measure.("Latency, median", &Ingest.latency(div(100_000, &1)))

measure.(
  "Latency through a batch of one, median",
  &Ingest.latency(div(100_000, &1), Ingest.batch(1))
)

for path <- System.argv() do
  IO.puts("WordCount: #{Float.round(Flows.word_count(path, same), 1)}")
  IO.puts("WordCount, partitioned: #{Float.round(Flows.word_count(path, &Flow.partition/1), 1)}")
end
