using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Formats.Tar;

/// <summary>Single members of a tar archive, plain or gzipped. Nothing is unpacked to disk, whatever the members are called.</summary>
internal static class TarContent
{
    private const int LargestMember = 256 << 20;

    /// <summary>The names of the files in it that somebody wants.</summary>
    /// <exception cref="BadInputException">It is damaged, cut, or its gzip data are.</exception>
    public static async Task<IReadOnlyList<string>> NamesAsync(
        IBlobs blobs, string archive, Func<string, bool> isWanted, CancellationToken cancellation)
    {
        var names = new List<string>();
        await ReadAsync(blobs, archive, (_, member) =>
        {
            if (member.Kind == TarMemberKind.File && isWanted(member.Name)) names.Add(member.Name);
            return Task.FromResult(false);
        }, cancellation);
        return names;
    }

    /// <summary>A file of it, and where in the unpacked archive it begins.</summary>
    /// <exception cref="BadInputException">It is not there, is over 256 MB, or the archive is damaged or cut.</exception>
    public static async Task<(byte[] Content, long Offset)> ReadAsync(
        IBlobs blobs, string archive, string name, CancellationToken cancellation)
    {
        (byte[], long)? found = null;
        await ReadAsync(blobs, archive, async (tar, member) =>
        {
            if (member.Kind != TarMemberKind.File || member.Name != name) return false;
            if (member.Length > LargestMember)
                throw new BadInputException(
                    $"Reading {name} in the tar archive {blobs.Location}/{archive}: it claims {member.Length} bytes, and such a file has "
                    + $"at most {LargestMember}. Fetch it anew.");
            var content = new byte[member.Length];
            await tar.ReadAsync(content, cancellation);
            found = (content, member.Offset);
            return true;
        }, cancellation);
        return found ?? throw new BadInputException(
            $"Reading {name} in the tar archive {blobs.Location}/{archive}: it is not there. "
            + "The data must not change while they are in use.");
    }

    private static async Task ReadAsync(
        IBlobs blobs, string archive, Func<TarScanner, TarMember, Task<bool>> isLast, CancellationToken cancellation)
    {
        var path = $"{blobs.Location}/{archive}";
        try
        {
            await using var raw = new ReadHash(await blobs.OpenAsync(archive, 0, cancellation));
            await using Stream stream = PlacedReading.IsPacked(archive) ? new GzipContent(raw) : raw;
            var tar = new TarScanner(stream, path);
            while (await tar.NextAsync(cancellation) is { } member)
            {
                cancellation.ThrowIfCancellationRequested();
                if (await isLast(tar, member)) return;
            }
        }
        catch (InvalidDataException e)
        {
            throw new BadInputException($"Reading the tar archive {path}: {GzipContent.Found(e)}. Fetch it anew.", e);
        }
    }
}
