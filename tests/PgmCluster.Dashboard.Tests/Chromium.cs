using Microsoft.Playwright;
using PgmCluster.TestSupport;

namespace PgmCluster.Dashboard.Tests;

/// <summary>A real browser, of the machine's own packages; what is done with it is skipped by name where there is none.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const float Patience = 60_000;

    private static readonly (string Name, string Theme, int Width)[] s_looks =
        [("light", "light", 1200), ("dark", "dark", 1200), ("phone", "dark", 360)];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (Find() is not { } program) return;
        Assertions.SetDefaultExpectTimeout(Patience);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = program,
            Timeout = 2 * Patience,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>A window of somebody who was never here.</summary>
    /// <param name="address">Of the silo.</param>
    /// <param name="theme">"light" or "dark"; null for what the system is set to, which is light.</param>
    /// <param name="width">Pixels: a phone has 360.</param>
    public async Task<Window> OpenAsync(string address, string? theme = "light", int width = 1200)
    {
        if (_browser is null)
            throw new SkippedException("needs Chromium: this machine has none. Install the package 'chromium'.");
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = address,
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(Patience);
        if (theme is not null) await context.AddCookiesAsync([new Cookie { Name = "pgm_theme", Value = theme, Url = address }]);
        return new Window(context, await context.NewPageAsync(), address);
    }

    /// <summary>A page is sound light, and dark on a phone; where pictures are kept, there is one of it dark and wide as well.</summary>
    /// <param name="address">Of the silo.</param>
    /// <param name="name">Of the pictures.</param>
    /// <param name="path">Of the page.</param>
    public async Task LookAsync(string address, string name, string path)
    {
        foreach (var (look, theme, width) in s_looks.Where(l => l.Name != "dark" || Window.Pictures is not null))
        {
            await using var window = await OpenAsync(address, theme, width);
            await window.GoAsync(path);
            await window.IsSoundAsync($"{name}-{look}");
        }
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/bin")
        .SelectMany(directory => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(directory, name)))
        .FirstOrDefault(File.Exists);
}
