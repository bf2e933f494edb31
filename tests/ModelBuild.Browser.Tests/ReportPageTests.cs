using Microsoft.Playwright;
using ModelBuild.Compiler;

namespace ModelBuild.Browser.Tests;

/// <summary>The page of a model as people see and use it.</summary>
public sealed class ReportPageTests : IAsyncLifetime
{
    private readonly TemporaryFolder _files = new();
    private string _page = string.Empty;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (BrowserFactAttribute.Path is not { } path)
        {
            return;
        }

        using CompileResult result = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = Repository.Sample("models", "lenet.onnx"),
            Mode = ModelMode.Int8,
            CalibrationFiles = [SampleImages.All],
            ClassName = "Lenet",
            ResourceName = "Lenet.weights",
            Report = true,
        });
        using var page = new MemoryStream();
        result.WriteReport(page);
        _page = new Uri(_files.Write("lenet.html", page.ToArray())).AbsoluteUri;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = ["--no-sandbox"] });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        _files.Dispose();
    }

    /// <summary>Only tables that scroll by themselves are wider than a phone, and nothing is asked of a network.</summary>
    [BrowserFact]
    public async Task Page_OnAnyScreen_FitsItsWidthAndLoadsNothing()
    {
        foreach (int width in (int[])[320, 390, 1200])
        {
            foreach (ColorScheme scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
            {
                (IPage page, List<string> trouble) =
                    await Open(new() { ViewportSize = new() { Width = width, Height = 800 }, ColorScheme = scheme });

                Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
                Assert.Empty(trouble);
                await page.CloseAsync();
            }
        }
    }

    /// <summary>WCAG asks for 4.5 between text and what is behind it.</summary>
    [BrowserFact]
    public async Task Page_Text_HasContrastInLightAndDark()
    {
        foreach (ColorScheme scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            (IPage page, _) = await Open(new() { ColorScheme = scheme });

            string[] weak = await page.EvaluateAsync<string[]>("""
                () => {
                  const parse = c => c.match(/[\d.]+/g).map(Number);
                  const light = c => { const [r, g, b] = c.map(v => v / 255).map(v => v > 0.04045 ? ((v + 0.055) / 1.055) ** 2.4 : v / 12.92);
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
                  const back = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
                    if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
                  const weak = [];
                  for (const e of document.querySelectorAll("body *")) {
                    if (e.matches("script, .skip") || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
                    const style = getComputedStyle(e);
                    const a = light(parse(e.closest("svg") && e.matches("text") ? style.fill : style.color)), b = light(back(e));
                    if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) weak.push(`${e.tagName} ${e.className} ${e.textContent}`);
                  }
                  return weak;
                }
                """);

            Assert.Empty(weak);
            await page.CloseAsync();
        }
    }

    [BrowserFact]
    public async Task Layers_SortedByKeyboard_SayHow()
    {
        (IPage page, List<string> trouble) = await Open(new());
        ILocator head = page.GetByRole(AriaRole.Columnheader, new() { Name = "Bytes" });
        ILocator cells = page.Locator("table.sortable tbody tr td:nth-child(5)");
        double[] asRun = await Values();

        await head.GetByRole(AriaRole.Button).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal("ascending", await head.GetAttributeAsync("aria-sort"));
        Assert.Equal(asRun.Order(), await Values());
        await page.Keyboard.PressAsync("Space");
        Assert.Equal("descending", await head.GetAttributeAsync("aria-sort"));
        Assert.Equal(asRun.OrderDescending(), await Values());
        Assert.Empty(trouble);

        // The first thing that a keyboard reaches leads past the head of the page.
        await page.ReloadAsync();
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("To the content", await page.EvaluateAsync<string>("document.activeElement.textContent"));

        async Task<double[]> Values() => await cells.EvaluateAllAsync<double[]>("cells => cells.map(c => Number(c.dataset.sort))");
    }

    /// <summary>What a screen reader is told.</summary>
    [BrowserFact]
    public async Task Page_WithoutScript_HasRolesAndNames()
    {
        (IPage page, List<string> trouble) = await Open(new() { JavaScriptEnabled = false });

        Assert.Equal(1, await page.GetByRole(AriaRole.Heading, new() { Level = 1, Name = "lenet.onnx in int8" }).CountAsync());
        foreach (string section in (string[])["Quality", "Layers", "Activations", "Weights", "Graph"])
        {
            Assert.Equal(1, await page.GetByRole(AriaRole.Region, new() { Name = section, Exact = true }).CountAsync());
        }

        Assert.Equal(1, await page.GetByRole(AriaRole.Table, new() { Name = "Steps of a call" }).CountAsync());
        Assert.Equal(0, await page.GetByRole(AriaRole.Button).CountAsync());
        Assert.True(await page.GetByRole(AriaRole.Img, new() { Name = "Histogram of input: values from 0 to 1" }).CountAsync() > 0);
        Assert.Empty(trouble);
    }

    /// <summary>On paper there is no dark and nothing that scrolls.</summary>
    [BrowserFact]
    public async Task Page_Printed_IsLightAndWhole()
    {
        (IPage page, _) = await Open(new() { ColorScheme = ColorScheme.Dark });
        await page.EmulateMediaAsync(new() { Media = Media.Print });

        Assert.Equal("rgb(255, 255, 255)", await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        Assert.Equal("visible", await page.EvaluateAsync<string>("getComputedStyle(document.querySelector('.scroll')).overflowX"));
        Assert.True((await page.PdfAsync(new() { Format = "A4" })).Length > 10_000);
    }

    /// <summary>A page, and what it has asked for or complained of.</summary>
    private async Task<(IPage Page, List<string> Trouble)> Open(BrowserNewPageOptions options)
    {
        IPage page = await _browser!.NewPageAsync(options);
        var trouble = new List<string>();
        page.Request += (_, request) => trouble.AddRange(request.Url == _page ? [] : [request.Url]);
        page.Console += (_, message) => trouble.Add(message.Text);
        page.PageError += (_, error) => trouble.Add(error);
        await page.GotoAsync(_page);
        return (page, trouble);
    }
}
