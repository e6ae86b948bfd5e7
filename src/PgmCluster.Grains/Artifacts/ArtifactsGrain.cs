using Orleans.Concurrency;
using PgmCluster.Contracts.Artifacts;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Grains.Artifacts;

/// <inheritdoc cref="IArtifactsGrain"/>
[GrainType("artifacts"), StatelessWorker]
public sealed class ArtifactsGrain(IArtifactStore store) : Grain, IArtifactsGrain
{
    private const int PartSize = 1 << 20;

    public Task<byte[]> Read(ArtifactReference artifact, long offset, CancellationToken cancellation)
    {
        if (artifact is not { Name: not null, Sha256: not null })
            throw new InvalidRequestException("Reading an artifact: none is named. Give a reference as a result has it.");
        if (offset < 0 || offset > artifact.Size)
        {
            throw new InvalidRequestException(
                $"Reading '{ForeignText.Of(artifact.Name)}' from byte {offset}: it has {artifact.Size}. Give an offset within it.");
        }
        return Task.Run(() => ReadAsync(artifact, offset, cancellation), cancellation);
    }

    private async Task<byte[]> ReadAsync(ArtifactReference artifact, long offset, CancellationToken cancellation)
    {
        try
        {
            await using var content = await store.OpenReadAsync(artifact.Name, cancellation);
            if (content.Length != artifact.Size)
            {
                throw new PgmException(
                    $"Reading '{ForeignText.Of(artifact.Name)}': it has {content.Length} bytes, and {artifact.Size} were written. Run 'pgm store "
                    + "check', and have it made again.");
            }
            content.Position = offset;
            var part = new byte[Math.Min(PartSize, artifact.Size - offset)];
            await content.ReadExactlyAsync(part, cancellation);
            return part;
        }
        catch (FileNotFoundException)
        {
            throw new NotFoundException(
                $"Reading '{ForeignText.Of(artifact.Name)}': the artifact store has none of that name. Take the reference from a result of a job "
                + "that still exists.");
        }
        catch (ArgumentException e)
        {
            throw new InvalidRequestException(ForeignText.Of(e.Message), e);
        }
    }
}
