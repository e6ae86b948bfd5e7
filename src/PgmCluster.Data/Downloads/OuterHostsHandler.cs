using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;

namespace PgmCluster.Data.Downloads;

/// <summary>
/// Asks servers of the internet, and those inner ones that are listed, for what somebody else named. Every step of a redirect is looked at,
/// and a connection goes to the very addresses that were: a name may mean another machine a moment later.
/// </summary>
internal sealed class OuterHostsHandler : DelegatingHandler
{
    private const int MostRedirects = 10;
    private static readonly HttpRequestOptionsKey<bool> ListedKey = new("pgm.listed");
    private readonly Func<Uri, bool> _isListed;

    /// <param name="isListed">Whether an address may be asked wherever it is.</param>
    /// <param name="sockets">Makes the connections; its redirects and its way to connect are replaced.</param>
    public OuterHostsHandler(Func<Uri, bool> isListed, SocketsHttpHandler sockets) : base(sockets)
    {
        _isListed = isListed;
        sockets.AllowAutoRedirect = false;
        sockets.ConnectCallback = ConnectAsync;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var asked = request.RequestUri;
        try
        {
            for (var redirects = 0; ; redirects++)
            {
                var address = request.RequestUri!;
                var isListed = _isListed(address);
                request.Options.Set(ListedKey, isListed);
                // A connection that is kept may be one to a listed server.
                if (!isListed) await RequireOuterAsync(address, cancellationToken);
                var response = await base.SendAsync(request, cancellationToken);
                if (!DownloadHttp.IsRedirect(response) || redirects == MostRedirects
                    || response.Headers.Location is not { } location || new Uri(address, location) is var next
                    && (next.Scheme is not ("http" or "https") || address.Scheme == "https" && next.Scheme == "http"))
                    return response;
                response.Dispose();
                request.RequestUri = new Uri(address, location);
            }
        }
        catch (HttpRequestException e) when (e.InnerException is BadInputException refusal)
        {
            ExceptionDispatchInfo.Throw(refusal);
            throw;
        }
        finally
        {
            // It may be sent again.
            request.RequestUri = asked;
        }
    }

    private static async Task RequireOuterAsync(Uri address, CancellationToken cancellation)
    {
        IPAddress[] found;
        try
        {
            found = await AddressesAsync(address.IdnHost, cancellation);
        }
        catch (SocketException e) when (ProxyOf(address) is null)
        {
            throw new HttpRequestException(e.Message, e);
        }
        catch (SocketException)
        {
            // A name that only the proxy knows is the proxy's to judge.
            return;
        }
        if (!found.Any(OuterHosts.IsOuter)) throw Refused(address);
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (request, to) = (context.InitialRequestMessage, context.DnsEndPoint);
        var found = await AddressesAsync(to.Host, cancellation);
        var isListed = request.Options.TryGetValue(ListedKey, out var listed) && listed;
        var isProxy = ProxyOf(request.RequestUri!) is { } proxy && proxy.Port == to.Port
            && string.Equals(proxy.IdnHost, to.Host, StringComparison.OrdinalIgnoreCase);
        if (!isListed && !isProxy) found = [.. found.Where(OuterHosts.IsOuter)];
        if (found.Length == 0) throw Refused(request.RequestUri!);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(found, to.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // The resolver refuses the address of none, which connects to this machine.
    private static async Task<IPAddress[]> AddressesAsync(string host, CancellationToken cancellation) =>
        IPAddress.TryParse(host, out var address) ? [address] : await Dns.GetHostAddressesAsync(host, cancellation);

    private static Uri? ProxyOf(Uri address) =>
        HttpClient.DefaultProxy.IsBypassed(address) ? null : HttpClient.DefaultProxy.GetProxy(address);

    private static BadInputException Refused(Uri address) => new(
        $"Asking {address.Host}: it is this machine or one of an inner network, which this silo asks nothing for clients. "
        + "Fetch the files and name their directory, "
        + $"or start the silos with a Pgm:ImportAddresses that holds {address.Scheme}://{address.Authority}/.");
}
