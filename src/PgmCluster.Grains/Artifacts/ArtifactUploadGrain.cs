using System.Text.RegularExpressions;
using PgmCluster.Contracts.Artifacts;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Artifacts;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Placement;

namespace PgmCluster.Grains.Artifacts;

/// <inheritdoc cref="IArtifactUploadGrain"/>
[GrainType("artifactupload"), PreferControlSilo, CollectionAgeLimit(Minutes = 2)]
public sealed partial class ArtifactUploadGrain(IArtifactStore store, UploadRoom room) : Grain, IArtifactUploadGrain
{
    private const int LargestPart = 1 << 20;

    /// <summary>By the artifact's name: clients may give one file different endings.</summary>
    private readonly Dictionary<string, ArtifactUpload> _uploads = [];

    /// <summary>Those that this activation has stored: a call may come again whose answer was late or lost.</summary>
    private readonly Dictionary<string, ArtifactReference> _stored = [];

    private string Sha256 => this.GetPrimaryKeyString();

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        foreach (var upload in _uploads.Values.ToList()) await DropAsync(upload);
    }

    public async Task<long> Append(string ending, long offset, byte[] part, CancellationToken cancellation)
    {
        var name = NameOf(ending);
        if (part is not { Length: >= 1 and <= LargestPart })
        {
            throw new InvalidRequestException(
                $"Storing a part of a file: it has {part?.Length ?? 0} bytes. Send parts of 1 byte to {LargestPart}.");
        }
        var upload = _uploads.GetValueOrDefault(name);
        if (offset != (upload?.Length ?? 0)) return upload?.Length ?? 0;
        if (upload is null) _uploads.Add(name, upload = new ArtifactUpload(room, store, name, Sha256));
        await KeptOrDropped(upload, upload.AppendAsync(part, cancellation), cancellation);
        return upload.Length;
    }

    public async Task<ArtifactReference?> Complete(string ending, long length, CancellationToken cancellation)
    {
        var name = NameOf(ending);
        if (_uploads.GetValueOrDefault(name) is not { } upload || upload.Length != length)
        {
            if (_stored.TryGetValue(name, out var known) && known.Size == length) return known;
            return await StoredAsync(name, length, cancellation);
        }
        var written = upload.CompleteAsync();
        await KeptOrDropped(upload, written, cancellation);
        await DropAsync(upload);
        return _stored[name] = (await written).ToReference();
    }

    /// <summary>Another activation has stored the same file before.</summary>
    private async Task<ArtifactReference?> StoredAsync(string name, long length, CancellationToken cancellation)
    {
        var stored = await Task.Run(() => store.FindAsync(name, cancellation), cancellation);
        if (stored?.Size != length) return null;
        var hashed = await Task.Run(() => store.HashAsync(name, cancellation), cancellation);
        return hashed?.Sha256 == Sha256 ? hashed.ToReference() : null;
    }

    private async Task KeptOrDropped(ArtifactUpload upload, Task work, CancellationToken cancellation)
    {
        try
        {
            await work;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            await DropAsync(upload);
            if (e is PgmException) throw;
            throw new PgmException($"Storing a file of SHA-256 {Sha256}: {ErrorLine.Of(e)}", e);
        }
    }

    private async Task DropAsync(ArtifactUpload upload)
    {
        if (_uploads.Remove(upload.Name)) await upload.DisposeAsync();
    }

    private string NameOf(string ending)
    {
        if (!Hash().IsMatch(Sha256))
        {
            throw new InvalidRequestException(
                $"Storing a file under '{ForeignText.Of(Sha256)}': that is no SHA-256. Give 64 lower-case hexadecimal digits as the key.");
        }
        if (ending is null || !Ending().IsMatch(ending))
        {
            throw new InvalidRequestException(
                $"Storing a file with the ending '{ForeignText.Of(ending ?? "")}': it must be empty, or a dot and up to 16 lower-case letters, "
                + "digits or dots. Give such a one.");
        }
        return $"imports/{Sha256[..16]}{ending}";
    }

    [GeneratedRegex(@"\A[0-9a-f]{64}\z")]
    private static partial Regex Hash();

    [GeneratedRegex(@"\A(\.[a-z0-9.]{1,16})?\z")]
    private static partial Regex Ending();
}
