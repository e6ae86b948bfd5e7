using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>What a self-contained program leaves out is nothing that any of its assemblies refers to.</summary>
public class SelfContainedTests
{
    private static readonly Dictionary<string, string> Present = new[] { AppContext.BaseDirectory, Framework("Microsoft.NETCore.App"),
        Framework("Microsoft.AspNetCore.App") }
        .SelectMany(directory => Directory.GetFiles(directory, "*.dll")).GroupBy(f => Path.GetFileNameWithoutExtension(f))
            .ToDictionary(g => g.Key, g => g.First());

    private readonly Dictionary<string, string> _needed = [];
    private readonly Queue<string> _toRead = new();

    [Fact]
    public void LeftOut_AssembliesThatTheProgramsRefersTo_AreNotAmongThem()
    {
        var leftOut = LeftOut();
        foreach (var program in new[] { "pgm", "pgm-silo" }) Need(program, "the program");
        while (_toRead.TryDequeue(out var name)) Follow(name);

        Assert.True(_needed.Count > 100, $"only {_needed.Count} assemblies were found");
        Assert.Contains("Npgsql", _needed.Keys);
        var missing = _needed.Where(n => leftOut.IsMatch(n.Key + ".dll")).Select(n => $"{n.Key}, because of {n.Value}").ToList();
        Assert.True(missing.Count == 0, $"Take out of src/Build/SelfContained.targets: {string.Join("; ", missing)}");
        Assert.True(Present.Keys.Count(n => leftOut.IsMatch(n + ".dll")) > 30, "what is left out has other names");
    }

    private static Regex LeftOut()
    {
        var value = "";
        foreach (var line in XDocument.Load(
            Path.Combine(RepositoryRoot.Path, "src", "Build", "SelfContained.targets")).Descendants("_NotLoaded"))
            value = line.Value.Replace("$(_NotLoaded)", value, StringComparison.Ordinal);
        return new Regex(value);
    }

    private static string Framework(string name)
    {
        var version = new DirectoryInfo(Path.GetDirectoryName(typeof(object).Assembly.Location)!);
        return Path.Combine(version.Parent!.Parent!.FullName, name, version.Name);
    }

    private void Need(string assembly, string why)
    {
        if (!Present.ContainsKey(assembly) || !_needed.TryAdd(assembly, why)) return;
        _toRead.Enqueue(assembly);
    }

    private void Follow(string name)
    {
        using var file = new PEReader(File.OpenRead(Present[name]));
        if (!file.HasMetadata) return;
        var reader = file.GetMetadataReader();
        // An assembly of forwarders refers to everything: what counts is where those types are that others take from it.
        var isFacade = reader.ExportedTypes.Count > 0
            && reader.TypeDefinitions.All(
                t => reader.GetTypeDefinition(t).Attributes.HasFlag(System.Reflection.TypeAttributes.Public) == false);
        if (isFacade) return;
        foreach (var handle in reader.TypeReferences)
        {
            var type = reader.GetTypeReference(handle);
            while (type.ResolutionScope.Kind == HandleKind.TypeReference)
                type = reader.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
            if (type.ResolutionScope.Kind != HandleKind.AssemblyReference) continue;
            var assembly = reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name);
            NeedType(assembly, reader.GetString(type.Namespace), reader.GetString(type.Name), name);
        }
        // Names of types by which assemblies are loaded.
        if (reader.GetHeapSize(HeapIndex.UserString) < 3) return;
        for (var text = MetadataTokens.UserStringHandle(1); !text.IsNil; text = reader.GetNextHandle(text))
        {
            var value = reader.GetUserString(text);
            if (value.Split(", ") is [_, var assembly, ..]) Need(assembly, $"{name}, which names \"{value}\"");
        }
    }

    private void NeedType(string assembly, string space, string type, string why)
    {
        for (var forwards = 0; forwards < 5; forwards++)
        {
            Need(assembly, $"{why}, which uses {space}.{type}");
            if (Forwarded(assembly, space, type) is not { } next) return;
            assembly = next;
        }
    }

    private readonly Dictionary<string, Dictionary<(string Space, string Type), string>> _forwarders = [];

    private string? Forwarded(string assembly, string space, string type)
    {
        if (!Present.TryGetValue(assembly, out var path)) return null;
        if (!_forwarders.TryGetValue(assembly, out var forwarders))
        {
            using var file = new PEReader(File.OpenRead(path));
            var reader = file.GetMetadataReader();
            forwarders = reader.ExportedTypes.Select(reader.GetExportedType).Where(
                e => e.IsForwarder && e.Implementation.Kind == HandleKind.AssemblyReference)
                .ToDictionary(
                    e => (reader.GetString(e.Namespace), reader.GetString(e.Name)),
                    e => reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)e.Implementation).Name));
            _forwarders.Add(assembly, forwarders);
        }
        return forwarders.GetValueOrDefault((space, type));
    }
}
