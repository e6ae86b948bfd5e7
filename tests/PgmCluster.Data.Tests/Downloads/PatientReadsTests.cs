using Microsoft.Extensions.Time.Testing;
using PgmCluster.Data.Downloads;
using PgmCluster.TestSupport;

namespace PgmCluster.Data.Tests.Downloads;

public sealed class PatientReadsTests
{
    /// <summary>So a reading ends that begins just when it is to end: it is as silent a server as any, worth another attempt.</summary>
    [Fact]
    public async Task SomeAsync_ConnectionClosedByItsOwnEnd_IsCancelledAsAnyOther()
    {
        var time = new FakeTimeProvider();
        using var body = new ClosedWhenCancelled();
        var reading = PatientReads.SomeAsync(body, new byte[1], PatientReads.Patience, CancellationToken.None, time);

        time.Advance(PatientReads.Patience);

        await Assert.ThrowsAsync<OperationCanceledException>(() => reading);
    }

    /// <summary>
    /// A patience that ends just as its reading gets its bytes closes the connection all the same, and it is the next reading that finds it so.
    /// </summary>
    [Fact]
    public async Task SomeAsync_ConnectionClosedByTheReadingBefore_IsABreak()
    {
        var body = new MemoryStream();
        await body.DisposeAsync();

        await Assert.ThrowsAsync<HttpRequestException>(
            () => PatientReads.SomeAsync(body, new byte[1], PatientReads.Patience, CancellationToken.None));
    }

    private sealed class ClosedWhenCancelled : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var cancelled = new TaskCompletionSource();
            await using (cancellationToken.Register(cancelled.SetResult)) await cancelled.Task;
            throw new ObjectDisposedException("connection");
        }
    }
}
