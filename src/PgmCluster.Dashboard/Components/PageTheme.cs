using MudBlazor;

namespace PgmCluster.Dashboard.Components;

/// <summary>Colours and letters, light and dark; all text on them has a contrast of at least 4.5.</summary>
internal static class PageTheme
{
    private static readonly string[] s_letters = ["system-ui", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "sans-serif"];

    public static MudTheme Theme { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#1d4ed8",
            Error = "#b42318",
            Success = "#146c43",
            Warning = "#8a5a00",
            Info = "#155e8a",
            Background = "#f6f7f9",
            Surface = "#ffffff",
            TextPrimary = "#16202e",
            TextSecondary = "#4a5668",
            LinesDefault = "#d8dde5",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#8fb8ff",
            PrimaryContrastText = "#0b1524",
            Error = "#ff9d93",
            ErrorContrastText = "#2a0805",
            Success = "#7ddba6",
            Warning = "#f3c766",
            Info = "#8accf5",
            Background = "#11161d",
            Surface = "#1a212b",
            TextPrimary = "#e8edf4",
            TextSecondary = "#a9b5c5",
            LinesDefault = "#364252",
        },
        Typography = new Typography { Default = new DefaultTypography { FontFamily = s_letters } },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "6px" },
    };
}
