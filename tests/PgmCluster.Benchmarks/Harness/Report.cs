using System.Globalization;
using System.Text.Json;

namespace PgmCluster.Benchmarks.Harness;

/// <summary>Prints comparisons, as tables or as one JSON document.</summary>
public static class Report
{
    private static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Print(Machine machine, Comparison comparison, TextWriter to)
    {
        to.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"\n{comparison.Title}   ({comparison.Rounds} rounds; "
                + $"{machine.Processor}, {machine.Cores} cores, {machine.Instructions}, libtorch {machine.Libtorch})"));
        var width = comparison.Measurements.Max(m => m.Variant.Length);
        foreach (var m in comparison.Measurements)
        {
            var gflops = m.GflopPerSecond is { } g ? string.Create(CultureInfo.InvariantCulture, $"{g,9:0.0} GFLOP/s") : "";
            var cpu = m.TimesLessCpu is { } less ? string.Create(CultureInfo.InvariantCulture, $"  CPU {less:0.00} x") : "";
            var memory = m.Megabytes is { } peak ? string.Create(CultureInfo.InvariantCulture, $"  peak {peak,6:0} MB") : "";
            to.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {m.Variant.PadRight(width)}  {m.Seconds * 1000,9:0.00} ms  (fastest {m.Fastest * 1000:0.00})  "
                + $"{m.TimesFaster,6:0.00} x{cpu}{gflops}{memory}"));
        }
    }

    public static void PrintJson(Machine machine, IReadOnlyDictionary<string, IReadOnlyList<Comparison>> results, TextWriter to) =>
        to.WriteLine(JsonSerializer.Serialize(new { machine, results }, JsonOptions));
}
