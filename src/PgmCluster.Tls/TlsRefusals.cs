using System.Globalization;
using System.Net;

namespace PgmCluster.Tls;

/// <summary>
/// Says which peers were refused and why. A stranger who knocks a thousand times a second fills no disk: each cause is said once for
/// each address and port, and again, with a count, after <see cref="Silence"/>.
/// </summary>
internal sealed class TlsRefusals(Action<string> notice, TimeProvider time)
{
    /// <summary>Between two lines of one cause.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private const int Most = 256;
    private readonly Dictionary<(TlsPort, string?, string), (long At, int Unsaid)> _said = [];

    public void Add(TlsPort port, EndPoint? peer, string reason)
    {
        var address = (peer as IPEndPoint)?.Address.ToString() ?? peer?.ToString();
        var key = (port, address, reason);
        var unsaid = 0;
        lock (_said)
        {
            if (_said.TryGetValue(key, out var former))
            {
                if (time.GetElapsedTime(former.At) < Silence)
                {
                    _said[key] = former with { Unsaid = former.Unsaid + 1 };
                    return;
                }
                unsaid = former.Unsaid;
            }
            else if (_said.Count >= Most)
            {
                foreach (var (old, _) in _said.Where(s => time.GetElapsedTime(s.Value.At) >= Silence).ToList()) _said.Remove(old);
                // So many causes within a minute are one: somebody makes them up.
                if (_said.Count >= Most) return;
            }
            _said[key] = (time.GetTimestamp(), 0);
        }
        var before = unsaid == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({unsaid} more since it was last said)");
        notice($"Refused a connection to the {port.ToString().ToLowerInvariant()} port from {peer}: {reason}{before}.");
    }
}
