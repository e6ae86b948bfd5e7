using System.Security.Cryptography;
using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>A file of records of one length, each with a picture's bare pixels.</summary>
internal sealed class RecordFile(Blob file, int recordLength)
{
    public delegate RecordPicture Describe(ReadOnlySpan<byte> record, int number);

    /// <summary>Reads the file once.</summary>
    /// <param name="blobs">Where it lies.</param>
    /// <param name="describe">What a record is.</param>
    /// <param name="toBitmap">Makes a bitmap of a record's pixels.</param>
    /// <param name="others">Further files of the shard, whole, whose hashes belong to the index.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="BadInputException">The file ends within a record.</exception>
    public async Task<ShardIndex> IndexAsync(
        IBlobs blobs, Describe describe, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> toBitmap, IReadOnlyList<byte[]> others,
        CancellationToken cancellation)
    {
        var index = new ShardIndexBuilder();
        await using var stream = new ReadHash(await blobs.OpenAsync(file.Name, 0, cancellation));
        var record = new byte[recordLength];
        for (var i = 0; ; i++)
        {
            var got = await stream.ReadAtLeastAsync(record, recordLength, throwOnEndOfStream: false, cancellation);
            if (got == 0) break;
            if (got < recordLength)
                throw new BadInputException(
                    $"Reading {blobs.Location}/{file.Name}: it ends within its picture {i}: it is cut. Fetch it anew.");
            var picture = describe(record, i);
            var bitmap = toBitmap(record.AsMemory(picture.Offset, picture.Length));
            index.Add(picture.Key, picture.Label, (0, (long)i * recordLength + picture.Offset, picture.Length), bitmap.Span);
        }
        index.AddFile(await stream.FinishAsync(cancellation));
        foreach (var other in others) index.AddFile(SHA256.HashData(other));
        return index.Build();
    }
}
