using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using PgmCluster.Api.Keys;

namespace PgmCluster.Dashboard.Access;

/// <summary>
/// What a browser keeps of whoever has signed in. Browsers send it to every port of a host, so it is no key: only the process that wrote it
/// can tell whose it stands for, and another one asks for the key again.
/// </summary>
internal sealed class PageCookies(IDataProtectionProvider protection)
{
    private readonly IDataProtector _protector = protection.CreateProtector("PgmCluster.Dashboard.SignIn");

    /// <summary>The cookie's name ends with the port: cookies are not told apart by it, and another silo of this machine has other keys.</summary>
    public static string NameFor(HttpRequest request) => $"pgm_page_{request.Host.Port ?? 0}";

    /// <summary>Its value for a key's owner.</summary>
    public string Write(ApiKeyEntry key) => _protector.Protect(key.Sha256);

    /// <summary>SHA-256 of the key that it stands for; null where a request has none that this process wrote.</summary>
    public string? Read(HttpRequest request)
    {
        if (!request.Cookies.TryGetValue(NameFor(request), out var value)) return null;
        try
        {
            return _protector.Unprotect(value);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
