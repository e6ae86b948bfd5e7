using System.Net;

namespace PgmCluster.Tls;

/// <summary>
/// Who may connect to whom in a cluster: the one policy of silo ports, gateways, clients and the data plane. The files are read again
/// when they have changed, for the connections from then on; while what they hold cannot be used, what they held before stays in use.
/// </summary>
public sealed class TlsPolicy : IDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(10), Soon = TimeSpan.FromDays(14), Again = TimeSpan.FromDays(1);
    private static readonly TlsRole[] OfSilos = [TlsRole.Silo], OfGateways = [TlsRole.Silo, TlsRole.Service];

    private readonly TlsFiles _files;
    private readonly TlsRole? _required;
    private readonly Action<string> _notice;
    private readonly TlsRefusals _refusals;
    private readonly Timer _looks;
    private readonly Lock _gate = new();
    private volatile TlsIdentity _current;
    private string _stamp;
    private (string Stamp, bool IsSaid) _bad = ("", true);
    private DateTime? _warned;

    /// <param name="files">This process's certificate and whom it trusts.</param>
    /// <param name="required">The role that its certificate has to have; null takes any.</param>
    /// <param name="notice">Told in one line of a peer that was refused, of new files and of bad ones.</param>
    /// <exception cref="TlsFilesException">The files cannot be used.</exception>
    public TlsPolicy(TlsFiles files, TlsRole? required, Action<string> notice)
    {
        (_files, _required, _notice) = (files, required, notice);
        _refusals = new TlsRefusals(notice, TimeProvider.System);
        _stamp = files.Stamp();
        _current = TlsIdentity.Read(files, required);
        _looks = new Timer(_ => Look(), null, TimeSpan.Zero, Between);
    }

    /// <summary>What is shown to peers now.</summary>
    public TlsIdentity Current => _current;

    /// <summary>Where the files are.</summary>
    public TlsFiles Files => _files;

    /// <summary>For a connection that came in at a port of this silo.</summary>
    public TlsHandshake Accepting(TlsPort port)
    {
        Look();
        return new TlsHandshake(_current, port == TlsPort.Gateway ? OfGateways : OfSilos, isAccepting: true);
    }

    /// <summary>For a connection to a silo: whatever the port, who answers there has to be one.</summary>
    public TlsHandshake Connecting()
    {
        Look();
        return new TlsHandshake(_current, OfSilos, isAccepting: false);
    }

    /// <summary>Says that a peer was refused: one line for each cause and address, then silence for a while with a count.</summary>
    public void Refused(TlsPort port, EndPoint? peer, string reason) => _refusals.Add(port, peer, reason);

    /// <summary>Ends looking at the files.</summary>
    public void Dispose() => _looks.Dispose();

    private void Look()
    {
        // Said before anybody takes what it is about.
        lock (_gate)
            if ((_files.Stamp() is var stamp && stamp != _stamp ? Take(stamp) : EndsSoon()) is { } said) _notice(said);
    }

    /// <summary>Reads what is new.</summary>
    /// <returns>What is to be said of it, if anything.</returns>
    private string? Take(string stamp)
    {
        try
        {
            _current = TlsIdentity.Read(_files, _required);
            _stamp = stamp;
            return $"TLS: the certificate '{TlsIdentity.NameOf(_current.Certificate)}', which ends on {Ends()}, serves connections from "
                + "now on.";
        }
        catch (Exception e)
        {
            // Whatever is wrong with them: no silo ends by what somebody puts into a directory. Three files do not change at once: what is
            // still the same at the next look is meant so.
            var isSaid = _bad.Stamp == stamp && _bad.IsSaid;
            var isSeen = _bad.Stamp == stamp;
            _bad = (stamp, isSeen);
            return isSeen && !isSaid
                ? $"TLS: the new files cannot be used, the former stay in use. {e.Message.ReplaceLineEndings(" ")}"
                : null;
        }
    }

    /// <summary>What is to be said, once a day, of a certificate that nobody has renewed.</summary>
    private string? EndsSoon()
    {
        if (_current.Certificate.NotAfter - DateTime.Now > Soon || (_warned is { } last && DateTime.Now - last < Again)) return null;
        _warned = DateTime.Now;
        return $"TLS: the certificate '{TlsIdentity.NameOf(_current.Certificate)}' of {_files.Certificate} ends on {Ends()}. "
            + "Renew it by then "
            + "('pgm tls renew'), or others refuse this process.";
    }

    private string Ends() => $"{_current.Certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC";
}
