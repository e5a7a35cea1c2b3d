defmodule Originals.MixProject do
  use Mix.Project

  def project do
    [app: :originals, version: "0.1.0", elixir: "~> 1.14", deps: deps()]
  end

  def application, do: [extra_applications: [:logger]]

  defp deps do
    [{:gen_stage, "1.3.2"}, {:flow, "1.2.4"}, {:broadway, "1.3.0"}]
  end
end
