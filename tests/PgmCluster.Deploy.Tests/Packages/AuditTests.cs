using System.IO.Compression;
using System.Text;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;
using PgmCluster.TestSupport.Web;

namespace PgmCluster.Deploy.Tests.Packages;

/// <summary>tests/audit with the real NuGet and a source on loopback that says what the test wants.</summary>
public sealed class AuditTests : IAsyncLifetime
{
    private const string Canary =
        """ "newtonsoft.json": [{ "severity": 2, "url": "https://example.org/known", "versions": "(, 13.0.1)" }] """;

    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-audit-").FullName;
    private FileServer _source = null!;

    public async Task InitializeAsync()
    {
        _source = await FileServer.StartAsync();
        Serve("newtonsoft.json", "12.0.1", null);
        Serve("pgm.inner", "1.0.0", null);
        Serve("pgm.outer", "1.0.0", "pgm.inner");
        File.WriteAllText(Path.Combine(_directory, "audited.csproj"),
            """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
              <ItemGroup><PackageReference Include="pgm.outer" Version="1.0.0" /></ItemGroup>
            </Project>
            """);
        Use("index.json");
    }

    public async Task DisposeAsync()
    {
        await _source.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Audit_SourceWithoutVulnerabilities_SaysInOneLineThatItWasNotRun()
    {
        ServeIndex(isKnowing: false);

        var (exitCode, output) = await AuditAsync();

        Assert.Equal(3, exitCode);
        Assert.StartsWith("Not run: no package source here has a list of vulnerabilities", Assert.Single(output));
    }

    [Theory]
    [InlineData(null, 0, "audit: 0 known vulnerabilities, none of severity high or critical")]
    [InlineData(1, 0, "audit: 1 known vulnerabilities, none of severity high or critical")]
    [InlineData(2, 1, "Packages with vulnerabilities of severity high or critical")]
    [InlineData(3, 1, "Packages with vulnerabilities of severity high or critical")]
    public async Task Audit_PackageBelowAnother_FailsBySeverity(int? severity, int expected, string last)
    {
        ServeIndex(isKnowing: true);
        var inner = severity is null
            ? ""
            : $$""", "pgm.inner": [{ "severity": {{severity}}, "url": "https://example.org/made", "versions": "[1.0.0]" }] """;
        Serve("base.json", "{" + Canary + inner + "}");

        var (exitCode, output) = await AuditAsync();

        Assert.True(exitCode == expected, string.Join('\n', output));
        Assert.StartsWith(last, output[^1]);
        Assert.Equal(severity is null ? 0 : 1, output.Count(l => l.Contains("'pgm.inner' 1.0.0", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Audit_OneOfTwoSourcesFails_SaysSoAndFails()
    {
        ServeIndex(isKnowing: true);
        Serve("base.json", "{" + Canary + "}");
        // It says that it has a list, and has none when it is asked for it.
        Serve("failing.json",
            $$"""
            { "version": "3.0.0", "resources": [{ "@id": "{{_source.Address}}none/", "@type": "PackageBaseAddress/3.0.0" },
              { "@id": "{{_source.Address}}gone.json", "@type": "VulnerabilityInfo/6.7.0" }] }
            """);
        Use("index.json", "failing.json");

        var (exitCode, output) = await AuditAsync();

        Assert.True(exitCode == 1, string.Join('\n', output));
        Assert.StartsWith("A source did not answer for the audit: NU1900: ", output[^1]);
    }

    /// <summary>Has NuGet know these sources and no others.</summary>
    private void Use(params string[] indexes)
    {
        var config = Directory.CreateDirectory(Path.Combine(_directory, "home", ".nuget", "NuGet")).FullName;
        var sources = indexes.Select(
            index => $"""<add key="{index}" value="{_source.Address}{index}" allowInsecureConnections="true" />""");
        File.WriteAllText(
            Path.Combine(config, "NuGet.Config"),
            $"<configuration><packageSources><clear />{string.Concat(sources)}</packageSources></configuration>");
    }

    private void ServeIndex(bool isKnowing)
    {
        var resources = $$"""{ "@id": "{{_source.Address}}flat/", "@type": "PackageBaseAddress/3.0.0" }""";
        if (isKnowing) resources += $$""", { "@id": "{{_source.Address}}vulnerabilities.json", "@type": "VulnerabilityInfo/6.7.0" }""";
        Serve("index.json", $$"""{ "version": "3.0.0", "resources": [{{resources}}] }""");
        Serve("vulnerabilities.json",
            $$"""[{ "@name": "base", "@id": "{{_source.Address}}base.json", "@updated": "2026-01-01T00:00:00Z", "comment": "" }]""");
    }

    private void Serve(string path, string text) => _source.Files[path] = Encoding.UTF8.GetBytes(text);

    /// <summary>A package with nothing in it.</summary>
    private void Serve(string id, string version, string? needs)
    {
        var dependency = needs is null ? "" : $"""<dependency id="{needs}" version="1.0.0" />""";
        using var content = new MemoryStream();
        using (var archive = new ZipArchive(content, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var nuspec = new StreamWriter(archive.CreateEntry($"{id}.nuspec").Open());
            nuspec.Write(
                $"""
                <package><metadata>
                  <id>{id}</id><version>{version}</version><authors>tests</authors><description>Nothing.</description>
                  <dependencies><group targetFramework="net10.0">{dependency}</group></dependencies>
                </metadata></package>
                """);
        }
        Serve($"flat/{id}/index.json", $$"""{ "versions": ["{{version}}"] }""");
        _source.Files[$"flat/{id}/{version}/{id}.{version}.nupkg"] = content.ToArray();
    }

    private async Task<(int ExitCode, string[] Output)> AuditAsync()
    {
        using var audit = ChildProcess.Start(
            ["sh", "-c", "exec \"$0\" \"$1\" 2>&1", Path.Combine(RepositoryRoot.Path, "tests", "audit"),
                Path.Combine(_directory, "audited.csproj")],
            new Dictionary<string, string?>(Dotnet.Variables)
            {
                ["HOME"] = Path.Combine(_directory, "home"),
                ["DOTNET_CLI_HOME"] = Path.Combine(_directory, "home"),
                ["NUGET_PACKAGES"] = Path.Combine(_directory, "packages"),
                ["NUGET_HTTP_CACHE_PATH"] = Path.Combine(_directory, "http"),
            });
        var exitCode = await audit.WaitForExitAsync(TimeSpan.FromMinutes(10));
        return (exitCode, audit.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
