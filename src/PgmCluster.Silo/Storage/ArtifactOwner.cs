using System.Text.Json;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Artifacts.Marks;
using PgmCluster.Data.Artifacts.Opening;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// The mark of the cluster whose files lie in an artifact store. Files are named by run, so two clusters on one store would replace and
/// delete each other's.
/// </summary>
public static class ArtifactOwner
{
    /// <summary>In the store; names with a dot in front are no artifacts.</summary>
    internal const string FileName = ".pgm-owner";

    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
    };

    /// <summary>Marks the store at its first use.</summary>
    /// <param name="artifacts">The store; a directory is made if need be.</param>
    /// <param name="id">The cluster's <see cref="StateOwner.ArtifactId"/>.</param>
    /// <param name="clusterId">For the message to another cluster.</param>
    /// <param name="database">For that message, too.</param>
    /// <exception cref="SiloStartException">It is another cluster's, or cannot be written.</exception>
    public static void Claim(string artifacts, string id, string clusterId, string database)
    {
        try
        {
            var mark = ArtifactStores.Mark(artifacts, FileName);
            mark.WriteIfNoneAsync(JsonSerializer.Serialize(new Mark(id, clusterId, database), s_json), default).GetAwaiter().GetResult();
            Check(mark, artifacts, id, clusterId);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadInputException)
        {
            var remedy = StoreRemedy.For(e) is { } advice ? $"{char.ToUpperInvariant(advice[0])}{advice[1..]}, or name" : "Or name";
            throw new SiloStartException(
                $"Trying to use the artifact store {artifacts}: it cannot be written. {e.Message.TrimEnd('.')}. {remedy} another store "
                + "(Pgm:Artifacts).", e);
        }
    }

    /// <summary>Looks whose the store is, and marks nothing.</summary>
    /// <param name="artifacts">The store; a directory may be missing.</param>
    /// <param name="id">
    /// As for <see cref="Claim"/>; null for a cluster that has not started yet, so that a mark is always another's.
    /// </param>
    /// <param name="clusterId">For the message.</param>
    /// <exception cref="SiloStartException">It is another cluster's, or its mark is damaged.</exception>
    public static void Check(string artifacts, string? id, string clusterId) =>
        Check(ArtifactStores.Mark(artifacts, FileName), artifacts, id, clusterId);

    private static void Check(IStoreMark mark, string artifacts, string? id, string clusterId)
    {
        if (Read(mark) is not { } found || found.Id == id) return;
        throw new SiloStartException(
            $"Trying to start a silo of cluster '{clusterId}' with the artifact store {artifacts}: "
            + $"it holds the files of cluster '{found.Cluster}' with its state in {found.Database}. "
            + $"Give this one a store of its own (Pgm:Artifacts), or remove {mark.Place} if the other is gone for good.");
    }

    /// <summary>Before a cluster's records decide over what a store holds: it has to be that cluster's.</summary>
    /// <param name="what">What is attempted, for the message.</param>
    /// <param name="artifacts">The store; nothing is made or marked.</param>
    /// <param name="id">
    /// The cluster's <see cref="StateOwner.ArtifactId"/>; null where its silo is of a version that does not tell it.
    /// </param>
    /// <exception cref="BadInputException">It is another's, or nobody says whose.</exception>
    public static void Require(string what, string artifacts, string? id)
    {
        if (id is null)
            throw new BadInputException(
                $"{what} {artifacts}: the silo that answers is of an older version and does not say which store is its cluster's. "
                + "Update the silos.");
        var mark = ArtifactStores.Mark(artifacts, FileName);
        var found = Read(mark);
        if (found?.Id == id) return;
        var whose = found is null ? $"no cluster has marked it ({mark.Place} is missing)"
            : $"it holds the files of another cluster ('{found.Cluster}' with its state in {found.Database}) than the one that answers";
        throw new BadInputException(
            $"{what} {artifacts}: {whose}, so the records say nothing about it. Name the store of the cluster that answers "
            + "(PGM_ARTIFACTS, --home), or ask the cluster of this store (--gateway, PGM_GATEWAY).");
    }

    private static Mark? Read(IStoreMark mark)
    {
        try
        {
            return mark.ReadAsync(default).GetAwaiter().GetResult() is { } text ? JsonSerializer.Deserialize<Mark>(text, s_json) : null;
        }
        catch (JsonException e)
        {
            throw new SiloStartException(
                $"Trying to read {mark.Place}, which says whose artifact store it is: "
                + $"it is damaged ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')}). Remove it if no other cluster uses that store.", e);
        }
    }

    private sealed record Mark(string Id, string Cluster, string Database);
}
