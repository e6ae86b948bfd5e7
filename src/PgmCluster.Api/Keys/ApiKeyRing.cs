using Microsoft.Extensions.Logging;
using PgmCluster.Data;

namespace PgmCluster.Api.Keys;

/// <summary>The keys of a file as they are now: looked at again at most once a second.</summary>
/// <param name="path">The file.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told once of a file that cannot be used; what was read before stays in use, unless the file may not be read.</param>
internal sealed partial class ApiKeyRing(string path, TimeProvider time, ILogger<ApiKeyRing> logger)
{
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(1);

    private readonly ILogger<ApiKeyRing> _logger = logger;
    private readonly Lock _lock = new();
    private long? _lookedAt;
    private (DateTime Written, long Length)? _seen;
    private Dictionary<string, ApiKeyEntry>? _byHash;
    private string? _trouble;

    /// <summary>Whether there has been a file: from then on nobody comes in without a key.</summary>
    public bool IsThere
    {
        get
        {
            lock (_lock) return Look() is not null || _trouble is not null;
        }
    }

    /// <summary>Whose key it is; null where it is nobody's.</summary>
    public ApiKeyEntry? Find(string key) =>
        // Looked up by its hash: how long that takes tells nothing of the key.
        FindByHash(ApiKeyFile.HashOf(key));

    /// <summary>The same by the key's hash, for those who have shown the key before.</summary>
    public ApiKeyEntry? FindByHash(string sha256)
    {
        lock (_lock) return Look()?.GetValueOrDefault(sha256);
    }

    private Dictionary<string, ApiKeyEntry>? Look()
    {
        if (_lookedAt is { } at && time.GetElapsedTime(at) < s_between) return _byHash;
        _lookedAt = time.GetTimestamp();
        try
        {
            var file = new FileInfo(path);
            var present = file.Exists ? (file.LastWriteTimeUtc, file.Length) : ((DateTime, long)?)null;
            if (present == _seen && _trouble is null) return _byHash;
            // A file that is gone locks everybody out, and does not let everybody in.
            if (ApiKeyFile.Read(path) is { } keys) _byHash = keys.ToDictionary(k => k.Sha256);
            else if (_byHash is not null) _byHash = [];
            (_seen, _trouble) = (present, null);
        }
        catch (Exception e) when (e is BadInputException or ArgumentException)
        {
            // One that may no longer be read was changed by somebody else, perhaps to take a key out: nobody is let in on the former ones.
            var isHidden = e.InnerException is UnauthorizedAccessException;
            if (isHidden) _byHash = [];
            if (_trouble != e.Message) LogTrouble(e.Message, isHidden ? "Nobody is let in until then." : "What was read before stays in use.");
            _trouble = e.Message;
        }
        return _byHash;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Trouble} {Meanwhile}")]
    private partial void LogTrouble(string trouble, string meanwhile);
}
