using System.Text.Json;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Copies;
using PgmCluster.Silo.Storage.Sqlite;

namespace PgmCluster.Silo.Backups;

/// <summary>Puts a backup into an empty place, be it SQLite or PostgreSQL, and looks whether all artifacts are there.</summary>
public static class HomeRestore
{
    private const string Attempt = "Restoring a backup";

    /// <param name="options">Where the cluster is to be.</param>
    /// <param name="directory">The backup; it is not changed.</param>
    /// <param name="store">The artifacts: those that are in the backup and not there are put there.</param>
    /// <param name="notice">Told that the database is waited for.</param>
    /// <param name="cancellation">Ends it; then no state is there.</param>
    /// <exception cref="BadInputException">It is no backup, or the place is not empty.</exception>
    /// <exception cref="DataCorruptException">The backup is damaged.</exception>
    /// <exception cref="StateDatabaseException">The state cannot be written.</exception>
    public static async Task<BackupReport> RunAsync(
        SiloOptions options, string directory, IArtifactStore store, Action<string> notice, CancellationToken cancellation)
    {
        var places = new BackupPlaces(Path.GetFullPath(directory));
        var description = Read(places);
        ArtifactOwner.Check(options.ArtifactsPlace, description.ArtifactId, options.ClusterId);
        // A newer program brings the copy up to date.
        var copy = Path.Combine(Directory.CreateTempSubdirectory("pgm-restore-").FullName, "state.db");
        File.Copy(places.State, copy);
        IStateDatabase? source = null, target = null;
        try
        {
            source = StateDatabase.Open(copy);
            target = await StateDatabases.OpenAsync(options, notice, TimeProvider.System, cancellation);
            var owner = StateCopy.RequireOwner(Attempt, source, description.ServiceId, description.ClusterId);
            StateCopy.RequireNone(Attempt, target, options.ServiceId, options.ClusterId);
            var artifacts = BackupArtifacts.Read(places.Artifacts).ToList();
            var missing = await PutArtifactsAsync(
                artifacts, description.HasFiles ? new DirectoryArtifactStore(places.Files) : null, store, cancellation);
            // Last: a restore that was cut off before can be repeated.
            var (rows, _) = await StateCopy.CopyAsync(
                Attempt, source, owner, target, options.ServiceId, options.ClusterId, cancellation);
            return new BackupReport(rows, artifacts.Count, artifacts.Sum(a => a.Size), missing);
        }
        finally
        {
            source?.Release();
            target?.Release();
            Directory.Delete(Path.GetDirectoryName(copy)!, recursive: true);
        }
    }

    private static BackupDescription Read(BackupPlaces places)
    {
        if (!File.Exists(places.Description))
            throw new BadInputException(
                $"{Attempt}: {places.Root} is none, {Path.GetFileName(places.Description)} is missing. Name another.");
        BackupDescription? description;
        try
        {
            description = JsonSerializer.Deserialize<BackupDescription>(File.ReadAllText(places.Description), BackupDescription.Json);
        }
        catch (JsonException e)
        {
            throw new DataCorruptException(
                $"{Attempt}: {places.Description} is damaged ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')}). Take another backup.");
        }
        if (description is not { Format: <= BackupDescription.NewestFormat })
            throw new BadInputException(
                $"{Attempt}: {places.Root} has format {description?.Format}, this program knows {BackupDescription.NewestFormat}. "
                + "Use the program that made it.");
        BackupPlaces.Require(places.State, description.StateSha256);
        BackupPlaces.Require(places.Artifacts, description.ArtifactsSha256);
        return description;
    }

    /// <returns>Those that are not there as they were written.</returns>
    private static async Task<List<ArtifactInfo>> PutArtifactsAsync(
        IReadOnlyList<ArtifactInfo> artifacts, IArtifactStore? files, IArtifactStore store, CancellationToken cancellation)
    {
        var missing = new List<ArtifactInfo>();
        foreach (var artifact in artifacts)
        {
            if (await store.HashAsync(artifact.Name, cancellation) == artifact) continue;
            if (files is null || !await BackupArtifacts.CopyAsync(artifact, files, store, cancellation)) missing.Add(artifact);
        }
        return missing;
    }
}
