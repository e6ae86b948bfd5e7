using Amazon.S3;
using Amazon.S3.Model;
using PgmCluster.Data.Downloads;

namespace PgmCluster.Data.Artifacts.S3;

/// <summary>One object's bytes in order, asked for again where the server broke off or fell silent.</summary>
/// <param name="client">The server.</param>
/// <param name="bucket">Where the object lies.</param>
/// <param name="key">Its name.</param>
/// <param name="etag">What it was when it was found; no other is read.</param>
/// <param name="size">Its bytes.</param>
/// <param name="time">By which it is patient.</param>
internal sealed class S3Download(IAmazonS3 client, string bucket, string key, string etag, long size, TimeProvider time) : IDisposable
{
    /// <summary>So often one download is taken up again.</summary>
    private const int MostBreaks = 5;

    private GetObjectResponse? _answer;
    private long _done;
    private int _breaks;

    /// <summary>Reads the next bytes.</summary>
    /// <returns>How many; 0 at the end.</returns>
    /// <exception cref="TimeoutException">The server is silent, after several attempts.</exception>
    /// <exception cref="HttpRequestException">It breaks off, after several attempts.</exception>
    /// <exception cref="EndOfStreamException">It ends early, after several attempts.</exception>
    public async Task<int> ReadAsync(Memory<byte> buffer, CancellationToken ct)
    {
        while (_done < size)
        {
            try
            {
                _answer ??= await AskAsync(ct);
                var read = await PatientReads.SomeAsync(_answer.ResponseStream, buffer, PatientReads.Patience, ct, time);
                if (read == 0) throw new EndOfStreamException("The connection ended early.");
                _done += read;
                return read;
            }
            catch (Exception e) when (IsBreak(e, ct) && ++_breaks <= MostBreaks)
            {
                Dispose();
            }
            catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
            {
                throw new TimeoutException($"The server has sent nothing for {PatientReads.Patience.TotalSeconds:0} s.", e);
            }
        }
        return 0;
    }

    public void Dispose()
    {
        _answer?.Dispose();
        _answer = null;
    }

    private static bool IsBreak(Exception e, CancellationToken ct) =>
        e is HttpRequestException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested);

    private Task<GetObjectResponse> AskAsync(CancellationToken ct)
    {
        var request = new GetObjectRequest { BucketName = bucket, Key = key, EtagToMatch = etag };
        if (_done > 0) request.ByteRange = new ByteRange(_done, size - 1);
        return client.GetObjectAsync(request, ct);
    }
}
