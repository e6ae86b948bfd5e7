namespace PgmCluster.Data.Artifacts;

/// <summary>
/// What is being written to a store in a directory, in one folder of it: so what writers that died left behind is found without walking
/// through the artifacts.
/// </summary>
/// <param name="root">The store's directory.</param>
internal sealed class UnfinishedWrites(string root)
{
    /// <summary>Names with a dot in front are no artifacts.</summary>
    internal const string FolderName = ".unfinished";

    /// <summary>So often a folder may vanish under a writer, because somebody deletes the last artifact in it.</summary>
    private const int MostTries = 1000;

    // A writer that lives touches its file far more often.
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromHours(1);

    private readonly string _folder = Path.Combine(root, FolderName);

    /// <summary>Writes a file as a whole and durably.</summary>
    /// <param name="path">The artifact's file.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="isThere">
    /// Asked when all is written, with the time at which it was: whether the file holds these bytes already. Then it is left as it is.
    /// </param>
    /// <param name="ct">Ends the write.</param>
    /// <exception cref="StorageFullException">No room; nothing has changed.</exception>
    public async Task WriteAsync(
        string path, Func<Stream, CancellationToken, Task> write, Func<DateTime, Task<bool>> isThere, CancellationToken ct)
    {
        var temporary = await SpoolAsync(write, ct, flushToDisk: true);
        await OrNothingAsync(temporary, async () =>
        {
            ct.ThrowIfCancellationRequested();
            var written = File.GetLastWriteTimeUtc(temporary);
            if (!File.Exists(temporary))
                throw new IOException(
                    $"Writing {path}: what was written until now has been removed as left over; the writer stood still for too long. "
                    + "Write it again.");
            if (await isThere(written))
            {
                File.Delete(temporary);
                // Who put it there may have died before its name was on the disk.
                Flush(Path.GetDirectoryName(path)!);
            }
            else
            {
                using (Share()) Place(temporary, path);
            }
        });
    }

    /// <summary>While an artifact is put in place or renewed nothing is collected.</summary>
    public StoreLock? Share() => StoreLock.Take(LockPath, alone: false);

    /// <summary>While an artifact is looked at and deleted none is put in place.</summary>
    /// <exception cref="BadInputException">There are no locks here.</exception>
    public StoreLock HoldAlone()
    {
        Durable.CreateDirectory(_folder);
        return StoreLock.Take(LockPath, alone: true) ?? throw new BadInputException(
            $"Collecting in {root}: {LockPath} cannot be locked, so writers could lose what they write. "
            + "Use a local disk, or a mount with locks (NFS: 4 or later, without nolock).");
    }

    /// <summary>
    /// Removes what was begun before a time and never finished, beside the artifacts as well, where older versions wrote.
    /// </summary>
    /// <returns>How many.</returns>
    public int Sweep(DateTime before, bool dryRun)
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
            IgnoreInaccessible = true,
        };
        var count = 0;
        foreach (var path in Directory.EnumerateFiles(root, AtomicFile.TemporaryPrefix + "*", options))
        {
            if (File.GetLastWriteTimeUtc(path) >= before) continue;
            count++;
            if (!dryRun) AtomicFile.TryDelete(path);
        }
        return count;
    }

    private string LockPath => Path.Combine(_folder, "lock");

    /// <summary>Writes a file here.</summary>
    /// <returns>Its path, for the caller to move or delete.</returns>
    /// <exception cref="StorageFullException">No room; nothing is left.</exception>
    public async Task<string> SpoolAsync(Func<Stream, CancellationToken, Task> write, CancellationToken ct, bool flushToDisk = false)
    {
        var temporary = Path.Combine(_folder, $"{AtomicFile.TemporaryPrefix}{Guid.NewGuid():N}");
        await OrNothingAsync(temporary, async () =>
        {
            CreateFolder();
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 1 << 16,
            };
            using var stream = new FileStream(temporary, options);
            await write(stream, ct);
            stream.Flush(flushToDisk);
        });
        return temporary;
    }

    /// <summary>Whoever may write in the store may do so here as well.</summary>
    private void CreateFolder()
    {
        if (Directory.Exists(_folder)) return;
        Durable.CreateDirectory(_folder);
        try
        {
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_folder, File.GetUnixFileMode(root));
        }
        catch (UnauthorizedAccessException)
        {
            // Another made it at the same time, and does this.
        }
    }

    private async Task OrNothingAsync(string temporary, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception e)
        {
            AtomicFile.TryDelete(temporary);
            if (e is IOException io && StorageFullException.IsCause(io)) throw new StorageFullException(root, io);
            throw;
        }
    }

    /// <summary>Removes what writers that died over an hour ago left behind.</summary>
    public void Sweep()
    {
        try
        {
            if (!Directory.Exists(_folder) || TimeOfStore() is not { } now) return;
            var before = now - AbandonedAfter;
            foreach (var path in Directory.EnumerateFiles(_folder, AtomicFile.TemporaryPrefix + "*"))
            {
                if (File.GetLastWriteTimeUtc(path) < before) AtomicFile.TryDelete(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another silo may sweep the same directory, and a left-over harms nobody.
        }
    }

    private static void Place(string temporary, string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        for (var tries = 1; ; tries++)
        {
            try
            {
                Durable.CreateDirectory(folder);
                Move(temporary, path, folder);
                break;
            }
            catch (Exception e) when (
                e is DirectoryNotFoundException or FileNotFoundException && tries < MostTries && File.Exists(temporary))
            {
                // Deleted with its last artifact between two calls.
            }
        }
        Flush(folder);
    }

    private static void Flush(string folder)
    {
        try
        {
            Durable.FlushDirectory(folder);
        }
        catch (DirectoryNotFoundException)
        {
            // Deleted since with all that was in it, this one included.
        }
    }

    private static void Move(string temporary, string path, string folder)
    {
        if (FileIdentity.Of(temporary)?.Volume == FileIdentity.Of(folder)?.Volume)
        {
            File.Move(temporary, path, overwrite: true);
            return;
        }
        // A part of the store on a volume of its own: a move across volumes is a copy, which is to be whole or not there either.
        AtomicFile.Write(path, to =>
        {
            using var from = File.OpenRead(temporary);
            from.CopyTo(to);
        });
        File.Delete(temporary);
    }

    /// <summary>
    /// The time by the clock that the times of files are from, a server's perhaps: a machine whose own is ahead would take what others are
    /// writing for left over. Null where nothing can be written, and so nothing swept.
    /// </summary>
    private DateTime? TimeOfStore()
    {
        var path = Path.Combine(_folder, $".clock-{Guid.NewGuid():N}");
        try
        {
            using (File.Create(path, 1, FileOptions.DeleteOnClose)) return File.GetLastWriteTimeUtc(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
