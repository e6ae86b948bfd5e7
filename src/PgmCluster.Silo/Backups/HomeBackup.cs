using System.Text.Json;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Copies;
using PgmCluster.Silo.Storage.Postgres;
using PgmCluster.Silo.Storage.Sqlite;
using PgmCluster.Silo.Versions;

namespace PgmCluster.Silo.Backups;

/// <summary>
/// Makes a backup of a cluster while it works: its state as it is at one moment, what artifacts it names, and these as well where asked
/// for.
/// </summary>
public static class HomeBackup
{
    private const string Attempt = "Making a backup";

    /// <summary>Runs go on and delete checkpoints that they do not name any more: then all is read once more.</summary>
    private const int MostReadings = 3;

    /// <param name="options">Which cluster.</param>
    /// <param name="directory">Made by this; it must not be there, or be empty.</param>
    /// <param name="openStore">Opens the cluster's artifacts, once it is known that there is such a cluster.</param>
    /// <param name="withFiles">Whether the artifacts are copied, too.</param>
    /// <param name="cancellation">Ends it; nothing is left of it.</param>
    /// <exception cref="BadInputException">There is no such cluster, or the directory cannot be used.</exception>
    /// <exception cref="StateDatabaseException">The state cannot be read.</exception>
    public static async Task<BackupReport> WriteAsync(
        SiloOptions options, string directory, Func<IArtifactStore> openStore, bool withFiles, CancellationToken cancellation)
    {
        directory = Path.GetFullPath(directory);
        if (File.Exists(directory) || Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
            throw new BadInputException($"{Attempt} in {directory}: there is something already. Name a new directory.");
        var source = StateSource.Existing(Attempt, options);
        var places = new BackupPlaces($"{directory}.unfinished-{Guid.NewGuid():N}");
        try
        {
            var owner = StateCopy.RequireOwner(Attempt, source, options.ServiceId, options.ClusterId);
            ArtifactOwner.Check(options.ArtifactsPlace, owner.ArtifactId, options.ClusterId);
            var store = openStore();
            BackupReport report;
            var readings = 0;
            do
            {
                // What was copied stays: it may be most of what is to be read.
                if (Directory.Exists(places.Root))
                    foreach (var file in Directory.EnumerateFiles(places.Root)) File.Delete(file);
                report = await WriteOnceAsync(options, source, owner, places, store, withFiles, cancellation);
            }
            while (report.Missing.Count > 0 && ++readings < MostReadings);
            if (Directory.Exists(directory)) Directory.Delete(directory);
            Directory.Move(places.Root, directory);
            return report;
        }
        catch (Exception e)
        {
            if (Directory.Exists(places.Root)) Directory.Delete(places.Root, recursive: true);
            if (e is not (IOException or UnauthorizedAccessException) || e is StorageFullException) throw;
            throw new BadInputException($"{Attempt} in {directory}: {e.Message.TrimEnd('.')}. Name a directory that can be written.", e);
        }
        finally
        {
            source.Release();
        }
    }

    private static async Task<BackupReport> WriteOnceAsync(
        SiloOptions options, IStateDatabase source, StateOwner owner, BackupPlaces places, IArtifactStore store, bool withFiles,
        CancellationToken cancellation)
    {
        IStateDatabase state = StateDatabase.Open(places.State);
        long rows;
        List<ArtifactInfo> artifacts, missing;
        try
        {
            (rows, var copied) = await StateCopy.CopyAsync(
                Attempt, source, owner, state, options.ServiceId, options.ClusterId, cancellation);
            (artifacts, missing) = await BackupArtifacts.GatherAsync(
                new StoredRecords(state, copied.StateId), store, withFiles ? new DirectoryArtifactStore(places.Files) : null, cancellation);
            // One file, which can be copied by anything.
            state.Release();
            using var connection = state.Connect();
            using var command = connection.Command("PRAGMA journal_mode = DELETE");
            command.ExecuteScalar();
        }
        finally
        {
            state.Release();
        }
        BackupArtifacts.Write(places.Artifacts, artifacts.OrderBy(a => a.Name, StringComparer.Ordinal));
        var description = new BackupDescription
        {
            Format = BackupDescription.NewestFormat,
            Program = ProductVersion.Current,
            MadeAt = DateTimeOffset.UtcNow,
            ServiceId = options.ServiceId,
            ClusterId = options.ClusterId,
            ArtifactId = owner.ArtifactId,
            StateSha256 = BackupPlaces.HashOf(places.State),
            ArtifactsSha256 = BackupPlaces.HashOf(places.Artifacts),
            HasFiles = withFiles,
        };
        AtomicFile.WriteAllText(places.Description, JsonSerializer.Serialize(description, BackupDescription.Json) + "\n");
        return new BackupReport(rows, artifacts.Count, artifacts.Sum(a => a.Size), missing);
    }
}
