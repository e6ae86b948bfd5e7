using PgmCluster.Contracts.Errors;

namespace PgmCluster.Grains.Artifacts;

/// <summary>
/// Room in a silo for files that clients have begun to send: each holds a file or a connection, and what has come of it lies in the store
/// under no name yet, where no quota sees it.
/// </summary>
/// <param name="mostBytes">Of all of them together; 0 for any number.</param>
public sealed class UploadRoom(long mostBytes)
{
    private const int MostFiles = 64;

    private readonly Lock _turn = new();
    private int _files;
    private long _bytes;

    /// <summary>Begins a file.</summary>
    /// <exception cref="PgmException">Too many are under way.</exception>
    internal void Begin(string sha256)
    {
        lock (_turn)
        {
            if (_files == MostFiles) throw Refusal(sha256, $"{MostFiles} others are being sent to this silo");
            _files++;
        }
    }

    /// <summary>Takes room for bytes of a file.</summary>
    /// <exception cref="PgmException">There is no more of it.</exception>
    /// <param name="sha256">Of the file, for the message.</param>
    /// <param name="bytes">To be taken.</param>
    /// <param name="ofIt">Bytes of the file that have room already.</param>
    internal void Take(string sha256, int bytes, long ofIt = 0)
    {
        lock (_turn)
        {
            if (mostBytes > 0 && ofIt + bytes > mostBytes)
                throw new PgmException(
                    $"Storing a file of SHA-256 {sha256}: it is larger than the {mostBytes} bytes that Pgm:UploadBytes allows for all files "
                    + "together that are being sent to this silo. Have the setting raised.")
                { Code = PgmErrorCode.Conflict };
            if (mostBytes > 0 && _bytes + bytes > mostBytes)
                throw Refusal(
                    sha256, $"{_bytes} bytes have come of files that are being sent to this silo, and Pgm:UploadBytes allows {mostBytes}");
            _bytes += bytes;
        }
    }

    /// <summary>Gives room for bytes back.</summary>
    internal void Give(long bytes)
    {
        lock (_turn) _bytes -= bytes;
    }

    /// <summary>A file has ended, with all of its bytes.</summary>
    internal void End(long bytes)
    {
        lock (_turn) (_files, _bytes) = (_files - 1, _bytes - bytes);
    }

    private static PgmException Refusal(string sha256, string why) => new(
        $"Storing a file of SHA-256 {sha256}: {why}. Try again when one of them is done; what is not gone on with ends after two minutes.")
    {
        Code = PgmErrorCode.Conflict,
    };
}
