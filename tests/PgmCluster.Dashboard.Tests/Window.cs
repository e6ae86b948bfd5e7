using System.Collections.Concurrent;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace PgmCluster.Dashboard.Tests;

/// <summary>A window, and what its browser complained of.</summary>
public sealed class Window : IAsyncDisposable
{
    /// <summary>Directory where pictures of the pages are kept; null where nobody looks at them.</summary>
    internal static string? Pictures { get; } =
        Environment.GetEnvironmentVariable("DASHBOARD_PICTURES") is { Length: > 0 } directory ? directory : null;

    private readonly IBrowserContext _context;
    private readonly string _address;
    private readonly ConcurrentQueue<string> _complaints = [];

    internal Window(IBrowserContext context, IPage page, string address)
    {
        (_context, Page, _address) = (context, page, address);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _complaints.Enqueue($"{page.Url}: {message.Text}");
        };
        page.PageError += (_, error) => _complaints.Enqueue($"{page.Url}: {error}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(address, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
                _complaints.Enqueue($"{page.Url} asked {request.Url}");
        };
    }

    public IPage Page { get; }

    public IBrowserContext Context => _context;

    /// <summary>Forgets complaints that were to be expected.</summary>
    public void Forgive() => _complaints.Clear();

    /// <summary>Opens a page and waits until it is alive.</summary>
    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(path);
        await IsAliveAsync();
    }

    /// <summary>Waits until the page has its server.</summary>
    public Task IsAliveAsync() => Assertions.Expect(Page.Locator("#theme")).ToBeEnabledAsync();

    /// <summary>Nothing serious for people who cannot see or use a mouse, nothing beside the window, no complaint of the browser.</summary>
    /// <param name="name">Of the picture that is kept where somebody wants to look at it.</param>
    public async Task IsSoundAsync(string name)
    {
        var result = await Page.RunAxe();
        var serious = result.Violations.Where(v => v.Impact is "serious" or "critical")
            .Select(v => $"{v.Id}: {v.Help}: {string.Join(", ", v.Nodes.Select(n => n.Html))}");
        Assert.True(!serious.Any(), $"{name}, {Page.Url}: {string.Join("\n", serious)}");
        var beside = await Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(beside <= 0, $"{name}, {Page.Url}: {beside} pixels are beside the window");
        if (Pictures is { } directory)
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(directory, name + ".png"), FullPage = true });
        Assert.Empty(_complaints);
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    public override string ToString() => $"{_address}: {string.Join("\n", _complaints)}";
}
