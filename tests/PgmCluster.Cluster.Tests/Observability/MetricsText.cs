using System.Globalization;

namespace PgmCluster.Cluster.Tests.Observability;

/// <summary>What silos answer to Prometheus, read: the names with their types, and the samples of all of them.</summary>
internal sealed class MetricsText
{
    private readonly Dictionary<string, string> _types = [];
    private readonly List<(string Name, string Labels, double Value)> _samples = [];

    public MetricsText(params IEnumerable<string> texts)
    {
        foreach (var line in texts.SelectMany(text => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                var words = line.Split(' ');
                _types[words[2]] = words[3];
            }
            else if (line[0] != '#')
            {
                // NAME{LABELS} VALUE, in which a label may have blanks.
                var blank = line.LastIndexOf(' ');
                var (key, brace) = (line[..blank], line.IndexOf('{', StringComparison.Ordinal));
                if (double.TryParse(line[(blank + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
                    _samples.Add((brace < 0 ? key : key[..brace], brace < 0 ? "" : key[brace..], value));
            }
        }
    }

    /// <summary>"counter", "gauge" or "histogram", of those that have a value.</summary>
    public IEnumerable<(string Name, string Type)> Types => _types.Select(t => (t.Key, t.Value)).Where(
        t => _samples.Any(s => s.Name == t.Key || (t.Value == "histogram" && s.Name == t.Key + "_count" && s.Value > 0)));

    /// <summary>The sum of what stands under a name.</summary>
    /// <param name="name">Of a sample.</param>
    /// <param name="label">A part of its labels, such as <c>scope="run"</c>; all of them where it is empty.</param>
    public double Sum(string name, string label = "") => _samples.Where(
        s => s.Name == name && s.Labels.Contains(label, StringComparison.Ordinal)).Sum(s => s.Value);

    /// <summary>How many samples there are of that name.</summary>
    public int Count(string name) => _samples.Count(s => s.Name == name);

    public override string ToString() => string.Join('\n', _samples.Where(
        s => s.Name.StartsWith("pgm_", StringComparison.Ordinal) && !s.Name.EndsWith("_bucket", StringComparison.Ordinal)).Select(
            s => $"{s.Name}{s.Labels} {s.Value}"));
}
