using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections;
using PgmCluster.Tls;

namespace PgmCluster.Client;

/// <summary>
/// Notices that what listens at a gateway's port ends each connection at its greeting, as a gateway does whose cluster is another one. The
/// framework tries again until it is stopped, and does not say why.
/// </summary>
internal sealed partial class GreetingWatch
{
    private const string EndedAtTheGreeting = "Connection terminated prematurely";

    private Action? _noticed;
    private int _patience, _inVain;

    /// <summary>True once the greeting was in vain so often that it is not worth while to try again.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Why who answered is not trusted; null where that was not the reason.</summary>
    public TlsRefusedException? Refusal { get; private set; }

    /// <summary>The cluster of a gateway that answered for another one than is looked for; null where none did.</summary>
    public string? OtherCluster { get; private set; }

    /// <summary>Watches until <see cref="End"/>.</summary>
    /// <param name="gateways">Each is given two greetings; one is enough where who answers is another or not to be trusted.</param>
    /// <param name="noticed">Called once, when all have had theirs.</param>
    public void Begin(int gateways, Action noticed) => (_patience, _noticed) = (2 * gateways, noticed);

    /// <summary>Once connected, nothing is noticed any more.</summary>
    public void End() => _noticed = null;

    /// <summary>Has a connection watched.</summary>
    public void Watch(IConnectionBuilder builder) => builder.Use(next => async context =>
    {
        try
        {
            await next(context);
        }
        catch (Exception e)
        {
            Note(e);
            throw;
        }
    });

    private void Note(Exception exception)
    {
        if (_noticed is not { } noticed) return;
        for (var e = exception; e is not null; e = e.InnerException)
        {
            var weight = 2;
            if (e is TlsRefusedException refusal) Refusal = refusal;
            else if (Unexpected().Match(e.Message) is { Success: true } other) OtherCluster = other.Groups[1].Value;
            else if (e is IOException || e.Message.StartsWith(EndedAtTheGreeting, StringComparison.Ordinal)) weight = 1;
            else continue;
            var counted = Interlocked.Add(ref _inVain, weight);
            if (counted < _patience || counted - weight >= _patience) return;
            IsRefused = true;
            noticed();
            return;
        }
    }

    [GeneratedRegex("^Unexpected cluster id \"(.*)\", expected ", RegexOptions.Singleline)]
    private static partial Regex Unexpected();
}
