using System.Globalization;
using PgmCluster.Data;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Execution.Estimates;

/// <summary>The rates that estimates are made of. No GPU has been measured by this program yet: theirs are published or assumed.</summary>
public sealed class EstimateRates
{
    private static readonly EstimateRate[] Defaults =
    [
        new("pull", 335.5, "MB", false, "the public code's 8 files at a time at 40 MiB/s each; not more with more devices"),
        new(
            "index", 400, "MB", false,
            "assumed: as one core here hashed token shards (411 MB/s, benchmark reader); headers are read besides"),
        new("tokenize", 213.5, "images", false, "published: ImageNet in 1 h 40 on one A100 of 80 GB"),
        new("train", 125, "TFLOP", false, "assumed: 40% of what an A100 can do in bfloat16"),
        new(
            "exchange", 1350, "MB", true,
            "two processes over loopback here, 31 MB each way in 23 ms (benchmark gang); exact sums over TCP"),
        new("sample", 62, "TFLOP", false, "assumed: 20% of what an A100 can do in bfloat16"),
        new("features", 500, "images", false, "assumed: Inception on an A100"),
    ];

    private readonly Dictionary<string, EstimateRate> _rates = Defaults.ToDictionary(r => r.Name, StringComparer.Ordinal);

    /// <param name="given">Rates that the user knows better, by name, as numbers a second in the unit of the default.</param>
    /// <exception cref="BadInputException">There is no such rate, or it is no number above 0.</exception>
    public EstimateRates(IEnumerable<KeyValuePair<string, string>> given)
    {
        foreach (var (name, text) in given)
        {
            if (!_rates.TryGetValue(name, out var rate))
                throw new BadInputException(
                    $"Reading the rate {name}={text}: there is no rate '{name}'. The nearest is '{Nearest.Of(name, _rates.Keys)}'; "
                    + "there are "
                    + $"{string.Join(", ", Defaults.Select(r => r.Name))}.");
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !(value > 0) || value > 1e12)
                throw new BadInputException(
                    $"Reading the rate {name}={text}: it is no number above 0. Give {rate.Unit}s a second and device, such as "
                    + $"{name}={rate.PerSecond.ToString(CultureInfo.InvariantCulture)}.");
            _rates[name] = rate with { PerSecond = value, IsMeasured = true, Source = "given" };
        }
    }

    /// <summary>All, in the order of the pipeline.</summary>
    public IReadOnlyList<EstimateRate> All => [.. Defaults.Select(r => _rates[r.Name])];

    /// <summary>One of them.</summary>
    internal EstimateRate this[string name] => _rates[name];
}
