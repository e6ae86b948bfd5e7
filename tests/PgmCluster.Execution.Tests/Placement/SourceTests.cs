using System.Text.RegularExpressions;
using PgmCluster.TestSupport;

namespace PgmCluster.Execution.Tests.Placement;

/// <summary>
/// What no run can show: that no tensor is made without saying where, and that nothing reads a device's memory but <c>HostRead</c>.
/// </summary>
public class SourceTests
{
    /// <summary>Functions that make a tensor out of nothing.</summary>
    private static readonly Regex Factory = new(
        @"(?<![\w.])(?:torch\.)?(zeros|ones|empty|full|tensor|as_tensor|from_array|frombuffer|arange|linspace|logspace|eye|rand|randn|randint|randperm|empty_strided|tril_indices|triu_indices|scalar_tensor)\s*\(",
        RegexOptions.Compiled);

    private static readonly Regex Read = new(
        @"\.(item\s*[<(]|data<|cpu\s*\(|ReadCpu|ToSingle\(\)|ToDouble\(\)|ToInt(32|64)\(\)|ToBoolean\(\))", RegexOptions.Compiled);

    [Fact]
    public void Tensors_OfModelingAndExecution_AreMadeWithADevice()
    {
        var found = 0;
        var without = Sources().SelectMany(source => Factory.Matches(source.Text).Select(match =>
        {
            found++;
            var arguments = Arguments(source.Text, match.Index + match.Length);
            return arguments.Contains("device:", StringComparison.Ordinal) ? null : $"{source.Name}: {match.Groups[1].Value}({arguments})";
        })).Where(x => x is not null).ToList();

        Assert.Empty(without);
        Assert.True(found > 40, $"Only {found} were looked at.");
    }

    [Fact]
    public void Reads_OfADevicesMemory_GoThroughHostRead()
    {
        var elsewhere = Sources().Where(s => s.Name != "HostRead.cs")
            .SelectMany(s => s.Text.Split('\n').Where(line => Read.IsMatch(line)).Select(line => $"{s.Name}: {line.Trim()}"));

        Assert.Empty(elsewhere);
    }

    /// <summary>libtorch lets a mask on the CPU pass on the device without memory, and kernels cannot be put over this operator.</summary>
    [Fact]
    public void MaskedFills_GoThroughTheFunctionThatCompares() =>
        Assert.Empty(
            Sources().Where(
                s => s.Name != "Elementwise.cs" && s.Text.Contains(".masked_fill", StringComparison.Ordinal)).Select(s => s.Name));

    [Fact]
    public void Modules_OfModeling_HandTheirDeviceOn()
    {
        var modules = typeof(Modeling.Blocks.NamedModule).Assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(Modeling.Blocks.NamedModule))).Select(t => t.Name.Split('`')[0]).ToHashSet();
        var making = new Regex(@"new (\w+)(?:<[\w.]+>)?\(", RegexOptions.Compiled);
        var without = Sources().SelectMany(source => making.Matches(source.Text).Where(m => modules.Contains(m.Groups[1].Value))
            .Select(match => (match, arguments: Arguments(source.Text, match.Index + match.Length)))
            .Where(x => !x.arguments.Contains("evice", StringComparison.Ordinal)).Select(
                x => $"{source.Name}: {x.match.Value}{x.arguments})"));

        Assert.Empty(without);
    }

    /// <summary>Comments left out.</summary>
    private static IEnumerable<(string Name, string Text)> Sources() => new[] { "PgmCluster.Modeling", "PgmCluster.Execution" }
        .SelectMany(
            project => Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "src", project), "*.cs", SearchOption.AllDirectories))
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
        .Select(file => (Path.GetFileName(file), Regex.Replace(File.ReadAllText(file), @"//[^\n]*", "")));

    private static string Arguments(string text, int start)
    {
        var (depth, end) = (1, start);
        while (depth > 0)
        {
            if (text[end] is '(' or '[' or '{') depth++;
            if (text[end] is ')' or ']' or '}') depth--;
            end++;
        }
        return text[start..(end - 1)];
    }
}
