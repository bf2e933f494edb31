using System.Globalization;

namespace ModelBuild.Training.Measurements;

/// <summary>What the command line says: a name of a measurement, and <c>--name value</c> for what is to be otherwise.</summary>
internal sealed class Settings(IReadOnlyList<string> arguments)
{
    public string? Measurement => arguments is [{ } first, ..] && !first.StartsWith("--", StringComparison.Ordinal) ? first : null;

    /// <summary>The text behind an option.</summary>
    public string Text(string name, string otherwise)
    {
        int place = arguments.ToList().IndexOf($"--{name}");
        return place >= 0 && place + 1 < arguments.Count ? arguments[place + 1] : otherwise;
    }

    public double Number(string name, double otherwise) =>
        double.Parse(Text(name, otherwise.ToString("R", CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

    public int Count(string name, int otherwise) => (int)Number(name, otherwise);
}
