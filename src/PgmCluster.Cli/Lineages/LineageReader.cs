using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Pulls;

namespace PgmCluster.Cli.Lineages;

/// <summary>Follows the records of jobs and datasets back to where everything comes from.</summary>
internal sealed class LineageReader
{
    private readonly IClusterSession _session;
    private readonly Dictionary<string, LineageNode?> _nodes = [];
    private readonly List<string> _order = [];

    private LineageReader(IClusterSession session) => _session = session;

    /// <summary>The lineage of what a job made, or of a dataset.</summary>
    /// <param name="session">Where the records are.</param>
    /// <param name="kind">A job or a dataset.</param>
    /// <param name="name">It.</param>
    public static async Task<LineageGraph> ReadAsync(IClusterSession session, OriginKind kind, string name)
    {
        var reader = new LineageReader(session);
        var root = await reader.VisitAsync(new OriginSource("", kind, name, null));
        return new LineageGraph(root.Id, [.. reader._order.Select(id => reader._nodes[id]!)]);
    }

    private async Task<LineageNode> VisitAsync(OriginSource source)
    {
        var id = $"{source.Kind.ToString().ToLowerInvariant()}:{source.Name}";
        if (source.Kind == OriginKind.File) id += $":{source.Sha256}";
        if (_nodes.TryGetValue(id, out var known)) return known ?? Plain(id, "job", source, "made from itself, say the records");
        _nodes[id] = null;
        _order.Add(id);
        var node = source.Kind switch
        {
            OriginKind.Job => await OfJobAsync(id, source),
            OriginKind.Dataset => await OfDatasetAsync(id, source),
            OriginKind.File => Plain(id, "file", source, null),
            _ => Plain(id, "place", source, null),
        };
        _nodes[id] = node;
        return node;
    }

    private async Task<LineageNode> OfJobAsync(string id, OriginSource source)
    {
        var entry = await _session.Get<ICatalogGrain>(CatalogKinds.Jobs).Find(source.Name);
        if (entry?.JobKind is not { } kind) return Plain(id, "job", source, "no such job is known any more");
        Origin origin;
        try
        {
            origin = await JobGrains.Get(_session, kind, source.Name).GetOrigin();
        }
        catch (NotFoundException)
        {
            return Plain(id, "job", source, "its record is gone");
        }
        var isMade = origin.Sha256 is not null || origin.Made == "scores";
        return new LineageNode(id, origin.Made, origin.Job, origin.Sha256, origin.Summary, await EdgesAsync(origin.From))
        {
            MoreSha256 = origin.MoreSha256,
            Note = !entry.AtRest ? "not done yet" : isMade ? null : "at rest without a result",
        };
    }

    private async Task<LineageNode> OfDatasetAsync(string id, OriginSource source)
    {
        DatasetInfo dataset;
        try
        {
            dataset = await _session.Get<IDatasetGrain>(source.Name).Get();
        }
        catch (NotFoundException)
        {
            return Plain(id, "dataset", source, "no such dataset is registered any more");
        }
        var version = dataset.Version is > 1 and var number ? $", version {number}" : "";
        var from = await PulledAsync(dataset.Location) is { } pull
            ? new OriginSource("source", OriginKind.Job, pull, null)
            : new OriginSource("source", OriginKind.Place, dataset.Location, null);
        return new LineageNode(
            id, "dataset", dataset.Name, dataset.ContentSha256,
            $"{dataset.Images} images, {dataset.ClassNames.Count} classes, {dataset.SourceKind}{version}", await EdgesAsync([from]));
    }

    /// <summary>The pull that fetched the files of a place; null where none did.</summary>
    private async Task<string?> PulledAsync(string location)
    {
        var pulls = _session.Get<ICatalogGrain>(CatalogKinds.Jobs).Read(new CatalogQuery { Kind = JobKind.Pull, AtRest = true });
        await foreach (var entry in pulls.Reverse())
        {
            if (await DirectoryAsync(_session.Get<IPullJobGrain>(entry.Name)) is not { } directory) continue;
            if (location == directory || location.StartsWith(directory + '/', StringComparison.Ordinal)) return entry.Name;
        }
        return null;

        static async Task<string?> DirectoryAsync(IPullJobGrain pull)
        {
            try
            {
                if ((await pull.GetStatus()).Phase != JobPhase.Completed) return null;
                return (await pull.GetResult()).Directory.TrimEnd('/');
            }
            catch (NotFoundException)
            {
                // The catalog may know of a job whose record is gone.
                return null;
            }
        }
    }

    private async Task<IReadOnlyList<LineageEdge>> EdgesAsync(IReadOnlyList<OriginSource> sources)
    {
        var edges = new List<LineageEdge>();
        foreach (var source in sources)
        {
            var node = await VisitAsync(source);
            edges.Add(new LineageEdge(source.Role, node.Id, source.Sha256, NoteOf(source, node)));
        }
        return edges;
    }

    private static string? NoteOf(OriginSource source, LineageNode node)
    {
        if (source.Kind == OriginKind.Place || node.What is "files") return null;
        if (source.Sha256 is not { } then) return "its hash was not recorded";
        if (node.Sha256 is not { } now || now == then || node.MoreSha256.Contains(then)) return null;
        return $"was {LineageNode.Short(then)} then, the name holds {LineageNode.Short(now)} now";
    }

    private static LineageNode Plain(string id, string what, OriginSource source, string? note) =>
        new(id, what, source.Name, source.Sha256, "", []) { Note = note };
}
