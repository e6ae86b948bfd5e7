using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace PgmCluster.Tls;

/// <summary>
/// How a certificate says its role: by a URI among its subject's alternative names (RFC 5280, 4.2.1.6), which every authority can issue.
/// </summary>
public static class TlsRoles
{
    private const string Prefix = "urn:pgm:role:", AlternativeNames = "2.5.29.17";

    // RFC 5280, 4.2.1.12.
    private static readonly Oid
        s_connecting = new("1.3.6.1.5.5.7.3.2", "clientAuth"), s_answering = new("1.3.6.1.5.5.7.3.1", "serverAuth");

    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    /// <summary>The URI of a role: <c>urn:pgm:role:silo</c> or <c>urn:pgm:role:service</c>.</summary>
    public static string UriOf(TlsRole role) => Prefix + NameOf(role);

    /// <summary>"silo" or "service".</summary>
    public static string NameOf(TlsRole role) => role switch
    {
        TlsRole.Silo => "silo",
        TlsRole.Service => "service",
        _ => throw new ArgumentOutOfRangeException(nameof(role)),
    };

    /// <summary>What a certificate of a role has to be good for: silos are connected to and connect; a service only connects.</summary>
    internal static IReadOnlyList<Oid> UsesOf(TlsRole role) =>
        role == TlsRole.Silo ? [s_connecting, s_answering] : [s_connecting];

    /// <summary>The role of a certificate; null where it says none.</summary>
    public static TlsRole? Of(X509Certificate2 certificate)
    {
        foreach (var uri in Uris(certificate))
        {
            foreach (var role in Enum.GetValues<TlsRole>())
                if (uri == UriOf(role)) return role;
        }
        return null;
    }

    private static IEnumerable<string> Uris(X509Certificate2 certificate)
    {
        var found = new List<string>();
        foreach (var extension in certificate.Extensions.Where(e => e.Oid?.Value == AlternativeNames))
        {
            try
            {
                var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
                while (names.HasData)
                {
                    if (names.PeekTag() == UriTag) found.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, UriTag));
                    else names.ReadEncodedValue();
                }
            }
            catch (AsnContentException)
            {
                // Whoever made it: it says no role that can be read.
            }
        }
        return found;
    }
}
