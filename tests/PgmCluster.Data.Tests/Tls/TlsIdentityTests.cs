using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PgmCluster.Data.Tls;
using PgmCluster.Tls;

namespace PgmCluster.Data.Tests.Tls;

public sealed class TlsIdentityTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Read_FilesThatDoNotBelongTogether_SaysWhichAndWhatToDo()
    {
        TlsAuthority.Create(_directory.File("a"), TimeProvider.System);
        TlsAuthority.Create(_directory.File("b"), TimeProvider.System);
        TlsAuthority.Create(_directory.File("old"), new OtherTime(-TlsAuthority.CertificateLife - TimeSpan.FromDays(1)));
        TlsAuthority.Create(_directory.File("early"), new OtherTime(TimeSpan.FromDays(1)));
        var (good, other) = (TlsFiles.In(_directory.File("a/silo")), TlsFiles.In(_directory.File("b/silo")));
        File.WriteAllText(_directory.File("none.crt"), "no certificate");

        Refused(good with { Key = other.Key }, "it holds no key to");
        Refused(good with { Authority = other.Authority }, "does not vouch for it");
        Refused(good with { Authority = good.Certificate }, "is not the certificate of an authority");
        Refused(good with { Certificate = _directory.File("absent.crt") }, "there is no such file");
        Refused(good with { Authority = _directory.File("none.crt") }, "it holds no certificate in PEM");
        Refused(TlsFiles.In(_directory.File("old/silo")), "it ended on");
        Refused(TlsFiles.In(_directory.File("early/silo")), "it begins on");
        Refused(TlsFiles.In(_directory.File("a/service")), "its role is service, and silo is needed here");
        // An authority's own certificate says no role.
        Refused(new TlsFiles(good.Authority, _directory.File("a/ca.key"), good.Authority), "it says no role");
    }

    [Fact]
    public void Read_SeveralAuthorities_TrustsAllOfThem()
    {
        TlsAuthority.Create(_directory.File("a"), TimeProvider.System);
        TlsAuthority.Create(_directory.File("b"), TimeProvider.System);
        var files = TlsFiles.In(_directory.File("a/silo"));
        var other = TlsFiles.In(_directory.File("b/silo"));
        File.AppendAllText(files.Authority, File.ReadAllText(other.Authority));

        TlsIdentity.Read(files, TlsRole.Silo);
        TlsIdentity.Read(files with { Certificate = other.Certificate, Key = other.Key }, null);
    }

    [Theory]
    [InlineData("1.3.6.1.5.5.7.3.1", "silo", "its extended key usage lacks clientAuth")]
    [InlineData("1.3.6.1.5.5.7.3.2", "silo", "its extended key usage lacks serverAuth")]
    [InlineData("1.3.6.1.5.5.7.3.2", "service", null)]
    [InlineData(null, "silo", null)]
    public void Read_ACertificateThatIsGoodForSomethingElse_IsRefused(string? use, string role, string? reason)
    {
        TlsAuthority.Create(_directory.File("a"), TimeProvider.System);
        var authority = X509Certificate2.CreateFromPemFile(_directory.File("a/ca.crt"), _directory.File("a/ca.key"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=other", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri($"urn:pgm:role:{role}"));
        request.CertificateExtensions.Add(names.Build());
        if (use is not null) request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], false));
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.Create(authority, now.AddMinutes(-5), now.AddDays(1), [1]);
        File.WriteAllText(_directory.File("tls.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(_directory.File("tls.key"), key.ExportPkcs8PrivateKeyPem());
        var files = new TlsFiles(_directory.File("tls.crt"), _directory.File("tls.key"), _directory.File("a/ca.crt"));

        if (reason is null) TlsIdentity.Read(files, null);
        else Refused(files, reason);
    }

    [Fact]
    public void Issue_InTheLastYearOfAnAuthority_SaysWhenItEndsAndWhatToDo()
    {
        var created = new OtherTime(TimeSpan.FromDays(100) - TlsAuthority.AuthorityLife);
        TlsAuthority.Create(_directory.File("a"), created);
        var authority = TlsAuthority.Open(_directory.File("a"), TimeProvider.System);
        var end = X509CertificateLoader.LoadCertificateFromFile(_directory.File("a/ca.crt")).NotAfter.ToUniversalTime();

        foreach (var e in new[]
        {
            Assert.Throws<BadInputException>(() => authority.Issue("late", TlsRole.Service)),
            Assert.Throws<BadInputException>(() => authority.Renew("silo")),
        })
        {
            Assert.Contains($"its authority ends on {end:yyyy-MM-dd} UTC", e.Message);
            Assert.Contains("'pgm tls init' in a new directory", e.Message);
        }
        Assert.False(Path.Exists(_directory.File("a/late")));
    }

    private static void Refused(TlsFiles files, string reason)
    {
        var e = Assert.Throws<TlsFilesException>(() => TlsIdentity.Read(files, TlsRole.Silo));
        Assert.Contains(reason, e.Message);
        Assert.DoesNotContain('\n', e.Message);
        Assert.DoesNotContain("PRIVATE KEY", e.Message);
    }
}
